begin;

select 'booking.release_delivery(uuid, uuid, text)'::regprocedure;

rollback;
