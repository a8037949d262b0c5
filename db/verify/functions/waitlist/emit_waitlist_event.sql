begin;

select 'booking.emit_waitlist_event()'::regprocedure;
select 1 / count(*) from pg_catalog.pg_trigger where tgname = '_100_emit_event_on_insert' and tgrelid = 'booking.waitlist_entries'::regclass;
select 1 / count(*) from pg_catalog.pg_trigger where tgname = '_100_emit_event_on_update' and tgrelid = 'booking.waitlist_entries'::regclass;

rollback;
