begin;

drop function booking.choose_expiry(booking.resources, booking.reservations, interval, boolean);

commit;
