begin;

select 'booking.complete_waitlist_entry()'::regprocedure;
select 1 / count(*) from pg_catalog.pg_trigger where tgrelid = 'booking.waitlist_entries'::regclass and tgname = '_100_complete_waitlist_entry';

rollback;
