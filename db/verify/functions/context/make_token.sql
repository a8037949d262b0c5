begin;

select 'booking.make_token(uuid, uuid)'::regprocedure;

rollback;
