begin;

select 'api.resource_schedule(uuid, timestamptz, timestamptz)'::regprocedure;

rollback;
