begin;

select 'booking.lock_operations(booking.request, jsonb)'::regprocedure;

rollback;
