begin;

select 'booking.can_hold(regclass, text, text)'::regprocedure;

rollback;
