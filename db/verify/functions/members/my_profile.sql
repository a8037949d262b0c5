begin;

select 'api.my_profile()'::regprocedure;

rollback;
