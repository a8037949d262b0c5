begin;

drop function booking.expand_rrule(text, timestamp, text, timestamp[], timestamp[], text, integer, timestamptz);

commit;
