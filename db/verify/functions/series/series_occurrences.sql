begin;

select 'api.series_occurrences(uuid)'::regprocedure;

rollback;
