begin;

select 'booking.take_claims(booking.reservations)'::regprocedure;

rollback;
