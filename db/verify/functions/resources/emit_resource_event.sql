begin;

select 'booking.emit_resource_event()'::regprocedure;
select 1 / count(*) from pg_catalog.pg_trigger where tgrelid = 'booking.resources'::regclass and tgname = '_100_emit_event';
select 1 / count(*) from pg_catalog.pg_trigger where tgrelid = 'booking.resources'::regclass and tgname = '_100_emit_event_on_update';

rollback;
