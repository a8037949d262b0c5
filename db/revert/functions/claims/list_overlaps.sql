begin;

drop function booking.list_overlaps(booking.resources, uuid[]);

commit;
