begin;

drop function booking.take_claims(booking.reservations);

commit;
