begin;

select 'booking.place_claims(booking.reservations, booking.resources)'::regprocedure;

rollback;
