begin;

select 'booking.refuse_expired(booking.reservations)'::regprocedure;

rollback;
