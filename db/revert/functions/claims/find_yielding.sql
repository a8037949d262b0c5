begin;

drop function booking.find_yielding(booking.resources, tstzrange, integer, uuid[]);

commit;
