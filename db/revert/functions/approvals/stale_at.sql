begin;

drop function booking.stale_at(booking.reservations, booking.resources);

commit;
