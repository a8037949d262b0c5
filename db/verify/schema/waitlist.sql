begin;

select 'api.waitlist_entries'::regclass;

rollback;
