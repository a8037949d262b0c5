begin;

select 'booking.record_attempt(uuid, uuid, uuid, timestamptz, integer, integer, text, text, integer)'::regprocedure;

rollback;
