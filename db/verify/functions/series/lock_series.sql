begin;

select 'booking.lock_series(booking.request, uuid, integer, uuid[])'::regprocedure;

rollback;
