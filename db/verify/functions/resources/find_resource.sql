begin;

select 'booking.find_resource(uuid, uuid)'::regprocedure;

rollback;
