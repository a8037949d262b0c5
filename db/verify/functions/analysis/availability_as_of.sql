begin;

select 'api.availability_as_of(uuid, timestamptz, timestamptz, timestamptz, integer)'::regprocedure;

rollback;
