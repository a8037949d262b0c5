begin;

select 'booking.lock_blackout(booking.request, uuid, integer)'::regprocedure;

rollback;
