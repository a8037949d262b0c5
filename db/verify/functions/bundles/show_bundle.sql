begin;

select 'booking.show_bundle(uuid, uuid)'::regprocedure;

rollback;
