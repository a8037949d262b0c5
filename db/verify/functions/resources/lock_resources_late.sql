begin;

select 'booking.lock_resources_late(uuid[], uuid[])'::regprocedure;

rollback;
