begin;

select 'api.member_standing'::regclass;

rollback;
