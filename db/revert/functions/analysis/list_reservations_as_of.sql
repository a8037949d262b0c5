begin;

drop function booking.list_reservations_as_of(booking.resources, tstzrange, timestamptz);

commit;
