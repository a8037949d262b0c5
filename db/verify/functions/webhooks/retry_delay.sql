begin;

select 'booking.retry_delay(integer)'::regprocedure;

rollback;
