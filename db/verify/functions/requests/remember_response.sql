begin;

select 'booking.remember_response(booking.request, jsonb)'::regprocedure;

rollback;
