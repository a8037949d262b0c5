begin;

select 'booking.refuse_blackout(booking.resources, booking.reservations, uuid[], tstzrange)'::regprocedure;

rollback;
