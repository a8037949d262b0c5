begin;

select 'api.record_refund(uuid, text)'::regprocedure;

rollback;
