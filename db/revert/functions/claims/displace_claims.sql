begin;

drop function booking.displace_claims(booking.reservations, booking.resources);

commit;
