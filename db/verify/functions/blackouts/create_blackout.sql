begin;

select 'api.create_blackout(uuid[], timestamptz, timestamptz, text, text, text, text)'::regprocedure;

rollback;
