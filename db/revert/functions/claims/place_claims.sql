begin;

drop function booking.place_claims(booking.reservations, booking.resources);

commit;
