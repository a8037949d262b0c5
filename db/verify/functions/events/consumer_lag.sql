begin;

select 'booking.consumer_lag()'::regprocedure;

rollback;
