begin;

drop function booking.next_free_at(booking.resources, booking.reservations, uuid[]);

commit;
