begin;

select 'booking.expand_rrule(text, timestamp, text, timestamp[], timestamp[], text, integer, timestamptz)'::regprocedure;

rollback;
