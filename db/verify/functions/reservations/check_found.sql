begin;

select 'booking.check_found(booking.request, booking.reservations, uuid, integer)'::regprocedure;

rollback;
