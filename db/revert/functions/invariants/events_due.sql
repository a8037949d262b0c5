begin;

drop function booking.events_due(integer, integer, timestamptz, timestamptz, timestamptz);

commit;
