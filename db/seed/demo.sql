-- The demo tenant: several kinds of resource, members of each role. Running it again changes nothing.
begin;

insert into booking.tenants (id, slug, name, timezone)
values ('de300000-0000-4000-8000-000000000000', 'demo', 'Harbour Arts Centre', 'Europe/Berlin')
on conflict do nothing;

insert into booking.members (tenant_id, user_id, role, display_name)
values
  ('de300000-0000-4000-8000-000000000000', 'de300000-0000-4000-8000-0000000000a1', 'admin',    'ada'),
  ('de300000-0000-4000-8000-000000000000', 'de300000-0000-4000-8000-0000000000a2', 'manager',  'max'),
  ('de300000-0000-4000-8000-000000000000', 'de300000-0000-4000-8000-0000000000a3', 'approver', 'ava'),
  ('de300000-0000-4000-8000-000000000000', 'de300000-0000-4000-8000-0000000000a4', 'member',   'mia'),
  ('de300000-0000-4000-8000-000000000000', 'de300000-0000-4000-8000-0000000000a5', 'member',   'noa')
on conflict do nothing;

insert into booking.resources (tenant_id, id, kind, name, description, seats, tags, requires_approval)
values
  ('de300000-0000-4000-8000-000000000000', 'de300000-0000-4000-8000-0000000000b1', 'room',   'Rehearsal room', 'Piano, drum kit, mirrors', 12, '{piano,drums}', false),
  ('de300000-0000-4000-8000-000000000000', 'de300000-0000-4000-8000-0000000000b2', 'room',   'Meeting room',   'Screen and whiteboard',     8, '{screen}',      false),
  ('de300000-0000-4000-8000-000000000000', 'de300000-0000-4000-8000-0000000000b3', 'stage',  'Main stage',     'Ask the house manager',   240, '{lights,sound}', true),
  ('de300000-0000-4000-8000-000000000000', 'de300000-0000-4000-8000-0000000000b4', 'desk',   'Window desk',    'Quiet corner',              1, '{quiet}',       false),
  ('de300000-0000-4000-8000-000000000000', 'de300000-0000-4000-8000-0000000000b5', 'truck',  'Equipment van',  '3.5 t, tail lift',          3, '{}',            false),
  ('de300000-0000-4000-8000-000000000000', 'de300000-0000-4000-8000-0000000000b6', 'artist', 'The Tide Quartet', 'Strings',              null, '{strings}',     false)
on conflict do nothing;

insert into booking.booking_rules (tenant_id, id, kind, check_in_opens, no_show_grace, max_no_shows, allow_preemption, approval_stale_after)
values
  ('de300000-0000-4000-8000-000000000000', 'de300000-0000-4000-8000-0000000000c1', 'desk',   '15 minutes', '20 minutes', 3, null, null),
  ('de300000-0000-4000-8000-000000000000', 'de300000-0000-4000-8000-0000000000c2', 'artist', null, null, null, true, null),
  ('de300000-0000-4000-8000-000000000000', 'de300000-0000-4000-8000-0000000000c3', 'stage',  null, null, null, null, '2 days')
on conflict do nothing;

commit;
