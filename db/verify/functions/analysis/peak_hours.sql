begin;

select 'api.peak_hours(timestamptz, timestamptz)'::regprocedure;

rollback;
