begin;

select 'booking.record_attempts(jsonb)'::regprocedure;

rollback;
