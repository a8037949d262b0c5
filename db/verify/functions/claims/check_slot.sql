begin;

select 'booking.check_slot(booking.resources, booking.reservations, uuid[], integer)'::regprocedure;

rollback;
