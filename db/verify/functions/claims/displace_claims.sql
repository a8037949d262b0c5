begin;

select 'booking.displace_claims(booking.reservations, uuid[])'::regprocedure;

rollback;
