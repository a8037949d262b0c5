begin;

select 'booking.lock_endpoint(booking.request, uuid)'::regprocedure;

rollback;
