begin;

select 'api.calendar'::regclass;

rollback;
