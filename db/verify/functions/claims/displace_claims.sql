begin;

select 'booking.displace_claims(booking.reservations, booking.resources)'::regprocedure;

rollback;
