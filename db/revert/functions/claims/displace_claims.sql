begin;

drop function booking.displace_claims(booking.reservations, uuid[]);

commit;
