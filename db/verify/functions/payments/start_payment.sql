begin;

select 'api.start_payment(uuid, uuid, uuid, text, text)'::regprocedure;

rollback;
