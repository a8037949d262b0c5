begin;

drop function booking.find_terms(booking.resources, booking.members, integer, integer, interval, tstzrange, uuid[]);

commit;
