begin;

select 'booking.current_member()'::regprocedure;

rollback;
