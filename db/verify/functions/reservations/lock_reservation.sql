begin;

select 'booking.lock_reservation(booking.request, uuid, integer, uuid)'::regprocedure;

rollback;
