begin;

select 'booking.release_deliveries(uuid, uuid, text[])'::regprocedure;

rollback;
