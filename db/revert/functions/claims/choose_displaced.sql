begin;

drop function booking.choose_displaced(booking.reservations, booking.resources);

commit;
