begin;

drop function booking.list_open_ranges(booking.resources[], tstzrange);

commit;
