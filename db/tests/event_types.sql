-- What an endpoint may ask for is what is emitted, and the other way round.
begin;
select no_plan();
create temporary view emitted as
select event_type as type, 'reservation_transitions' as source from booking.reservation_transitions
union
-- Whoever writes events names their types in its source, whole or as a prefix of a status.
select literal[1], p.oid::regprocedure::text
  from pg_proc p, regexp_matches(p.prosrc, '''([a-z_]+\.[a-z_]+)''', 'g') literal
 where p.pronamespace = 'booking'::regnamespace and p.prosrc ~ 'insert into booking\.events\M'
   and literal[1] !~ '^(booking|request|pg_catalog)\.'
union
select 'waitlist.' || coalesce(nullif(s::text, 'waiting'), 'joined'), 'emit_waitlist_event' from unnest(enum_range(null::booking.waitlist_status)) s
union
select 'resource.' || s, 'emit_resource_event' from unnest('{created,updated,deleted}'::text[]) s
union
select 'payment.' || s[1], 'emit_payment_event'
  from pg_constraint c, regexp_matches(pg_get_constraintdef(c.oid), '''([a-z_]+)''::text', 'g') s
 where c.conrelid = 'booking.payments'::regclass and c.contype = 'c' and pg_get_constraintdef(c.oid) like 'CHECK ((status = ANY%' and s[1] <> 'pending';
select is_empty($$ select * from emitted where type <> all (booking.event_types() || '{webhook_endpoint.test}'::text[]) $$, 'no type is emitted that nobody can ask for');
select is_empty($$ select t from unnest(booking.event_types()) t where t not in (select type from emitted) $$, 'no type is offered that nothing emits');
select is((select count(*) from unnest(booking.event_types()) t), (select count(distinct t) from unnest(booking.event_types()) t), 'none is named twice');
select finish();
rollback;
