begin;

drop function booking.is_open(booking.resources, timestamptz, timestamptz);

commit;
