begin;

select 'api.join_waitlist(uuid, timestamptz, timestamptz, integer, timestamptz, interval, integer, text, uuid)'::regprocedure;

rollback;
