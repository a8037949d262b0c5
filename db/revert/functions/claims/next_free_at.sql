begin;

drop function booking.next_free_at(booking.resources, timestamptz, timestamptz, integer, uuid[]);

commit;
