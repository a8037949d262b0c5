begin;

select 'api.members'::regclass;

rollback;
