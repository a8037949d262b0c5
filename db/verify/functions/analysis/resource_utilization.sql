begin;

select 'api.resource_utilization(timestamptz, timestamptz, text, uuid[])'::regprocedure;

rollback;
