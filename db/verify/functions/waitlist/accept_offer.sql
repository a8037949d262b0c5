begin;

select 'api.accept_offer(uuid, text)'::regprocedure;

rollback;
