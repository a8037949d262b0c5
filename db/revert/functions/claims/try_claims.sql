begin;

drop function booking.try_claims(booking.reservations, booking.resources);

commit;
