begin;

select 'booking.lock_reservations(uuid, uuid[], uuid[])'::regprocedure;

rollback;
