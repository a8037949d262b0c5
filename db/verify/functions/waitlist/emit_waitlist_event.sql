begin;

select 'booking.emit_waitlist_event()'::regprocedure;
select 1 / count(*) from pg_catalog.pg_trigger where tgrelid = 'booking.waitlist_entries'::regclass and tgname = '_900_emit_event';

rollback;
