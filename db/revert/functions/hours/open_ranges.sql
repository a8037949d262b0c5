begin;

drop function booking.open_ranges(booking.resources, tstzrange);

commit;
