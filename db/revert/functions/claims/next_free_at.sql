begin;

drop function booking.next_free_at(uuid, uuid, tstzrange, uuid[]);

commit;
