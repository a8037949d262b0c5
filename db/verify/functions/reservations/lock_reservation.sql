begin;

select 'booking.lock_reservation(booking.request, uuid, integer)'::regprocedure;

rollback;
