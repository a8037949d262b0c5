begin;

select 'booking.sweep_lag()'::regprocedure;

rollback;
