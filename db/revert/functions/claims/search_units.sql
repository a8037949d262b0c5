begin;

drop function booking.search_units(booking.resources, tstzrange, integer, integer, uuid[]);

commit;
