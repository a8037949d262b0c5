begin;

select 'api.export_my_data()'::regprocedure;

rollback;
