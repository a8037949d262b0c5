begin;

select 'booking.try_claims(booking.reservations, booking.resources)'::regprocedure;

rollback;
