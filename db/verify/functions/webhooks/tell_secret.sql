begin;

select 'booking.tell_secret(booking.request, jsonb)'::regprocedure;

rollback;
