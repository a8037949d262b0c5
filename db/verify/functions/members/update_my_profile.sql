begin;

select 'api.update_my_profile(text, text, boolean, text)'::regprocedure;

rollback;
