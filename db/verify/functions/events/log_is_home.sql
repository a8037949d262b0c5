begin;

select 'booking.log_is_home()'::regprocedure;

rollback;
