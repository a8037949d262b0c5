begin;

select 'booking.lock_bundle(booking.request, uuid)'::regprocedure;

rollback;
