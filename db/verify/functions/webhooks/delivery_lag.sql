begin;

select 'booking.delivery_lag()'::regprocedure;

rollback;
