begin;

select 'booking.yields(uuid, uuid)'::regprocedure;

rollback;
