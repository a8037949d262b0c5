begin;

drop function booking.find_placed(booking.resources, tstzrange, uuid[]);

commit;
