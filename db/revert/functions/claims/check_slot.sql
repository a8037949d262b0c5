begin;

drop function booking.check_slot(booking.resources, timestamptz, timestamptz, integer, integer, uuid[], integer);

commit;
