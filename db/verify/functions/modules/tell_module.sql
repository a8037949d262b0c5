begin;

select 'booking.tell_module()'::regprocedure;

rollback;
