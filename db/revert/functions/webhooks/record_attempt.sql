begin;

drop function booking.record_attempt(uuid, uuid, uuid, timestamptz, integer, integer, text, text, integer);

commit;
