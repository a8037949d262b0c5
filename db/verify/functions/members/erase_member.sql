begin;

select 'api.erase_member(uuid)'::regprocedure;

rollback;
