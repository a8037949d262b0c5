begin;

select 'api.decline_offer(uuid, text)'::regprocedure;

rollback;
