begin;

select 'booking.emit_reservation_events()'::regprocedure;
select 1 / count(*) from pg_catalog.pg_trigger where tgrelid = 'booking.reservations'::regclass and tgname = '_100_emit_event_on_update';
select 1 / count(*) from pg_catalog.pg_trigger where tgrelid = 'booking.reservations'::regclass and tgname = '_100_emit_event_on_delete';

rollback;
