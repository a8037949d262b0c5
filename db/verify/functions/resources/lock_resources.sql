begin;

select 'booking.lock_resources(uuid, uuid[], boolean)'::regprocedure;

rollback;
