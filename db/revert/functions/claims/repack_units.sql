begin;

drop function booking.repack_units(booking.resources, tstzrange, integer, integer, uuid[]);

commit;
