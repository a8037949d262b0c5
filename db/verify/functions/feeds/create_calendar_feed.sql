begin;

select 'api.create_calendar_feed(uuid)'::regprocedure;

rollback;
