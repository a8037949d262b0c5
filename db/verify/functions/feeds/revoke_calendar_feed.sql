begin;

select 'api.revoke_calendar_feed(uuid)'::regprocedure;

rollback;
