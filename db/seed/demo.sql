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

insert into booking.booking_rules (tenant_id, id, kind, check_in_opens, no_show_grace, max_no_shows, no_show_window, allow_preemption, approval_stale_after)
values
  ('de300000-0000-4000-8000-000000000000', 'de300000-0000-4000-8000-0000000000c1', 'desk',   '15 minutes', '20 minutes', 3, '7 days', null, null),
  ('de300000-0000-4000-8000-000000000000', 'de300000-0000-4000-8000-0000000000c2', 'artist', null, null, null, null, true, null),
  ('de300000-0000-4000-8000-000000000000', 'de300000-0000-4000-8000-0000000000c3', 'stage',  null, null, null, null, null, '2 days')
on conflict do nothing;

-- Four weeks behind us and one ahead: what berth report has something to tell of. Once.
do $$
declare
  v_tenant_id constant uuid := 'de300000-0000-4000-8000-000000000000';
  v_today date := (now() at time zone 'Europe/Berlin')::date;
  v record;
begin
  if exists (select from booking.reservations where tenant_id = v_tenant_id) then
    return;
  end if;
  for v in
    select ('de300000-0000-4000-8000-0000000000' || resource)::uuid as resource_id,
           ('de300000-0000-4000-8000-0000000000' || case when dice % 2 = 0 then 'a4' else 'a5' end)::uuid as owner_id,
           (day + opens) at time zone 'Europe/Berlin' as starts_at,
           (day + opens + hours * interval '1 hour') at time zone 'Europe/Berlin' as ends_at,
           title, dice,
           -- Each was asked for a few days before.
           least((day + opens) at time zone 'Europe/Berlin', now()) - (1 + dice % 70) * interval '1 hour' as asked_at
      from generate_series((v_today - 28)::timestamp, v_today + 7, interval '1 day') d (day), -- by the clock on the wall
           (values ('b1', time '10:00', 2, 'Strings', 60), ('b1', '14:00', 3, 'Choir', 75), ('b1', '18:00', 3, 'Big band', 90),
                   ('b2', '09:00', 1, 'Standup', 85), ('b2', '11:00', 2, 'Board', 40), ('b2', '14:00', 1, 'Interview', 50),
                   ('b4', '09:00', 8, 'Writing', 55), ('b5', '07:00', 6, 'Tour', 25)) as habits (resource, opens, hours, title, likely),
           lateral (select ('x' || left(md5(day::date || resource || opens), 6))::bit(24)::integer) as random (dice)
     where dice % 100 < likely / case when date_part('isodow', day) > 5 then 3 else 1 end
     order by asked_at
  loop
    perform set_config('booking.now', v.asked_at::text, true), set_config('booking.user_id', v.owner_id::text, true);
    insert into booking.reservations (tenant_id, id, resource_id, owner_id, starts_at, ends_at, title)
    values (v_tenant_id, gen_random_uuid(), v.resource_id, v.owner_id, v.starts_at, v.ends_at, v.title);
    continue when v.ends_at > now();
    -- A few gave it back in time; a few did not come, but not lately, so that nobody is suspended.
    perform set_config('booking.now', case when v.dice % 11 = 0 then v.asked_at + interval '30 minutes' else v.ends_at end::text, true);
    update booking.reservations
       set status = case when v.dice % 11 = 0 then 'cancelled' when v.dice % 13 = 0 and v.ends_at < now() - interval '8 days' then 'no_show' else 'completed' end::booking.reservation_status
     where tenant_id = v_tenant_id and resource_id = v.resource_id and starts_at = v.starts_at;
  end loop;

  -- The house manager has not answered everybody.
  for v in
    select *
      from (values ('Poetry slam', 'a4', 9, interval '4 days'), ('School play', 'a5', 12, interval '60 hours'), ('Film night', 'a4', 16, interval '5 hours')) as p (title, owner, days, ago)
  loop
    perform set_config('booking.now', (now() - v.ago)::text, true), set_config('booking.user_id', 'de300000-0000-4000-8000-0000000000' || v.owner, true);
    insert into booking.reservations (tenant_id, resource_id, owner_id, status, starts_at, ends_at, title)
    values (v_tenant_id, 'de300000-0000-4000-8000-0000000000b3', ('de300000-0000-4000-8000-0000000000' || v.owner)::uuid, 'pending',
            (v_today + v.days + time '19:00') at time zone 'Europe/Berlin', (v_today + v.days + time '22:00') at time zone 'Europe/Berlin', v.title);
  end loop;
  perform set_config('booking.now', '', true), set_config('booking.user_id', '', true);

  -- What the gateway would have seen beside it.
  insert into booking.booking_attempts (tenant_id, occurred_at, outcome, search_seconds)
  select v_tenant_id, now() - n * interval '5 hours',
         (array['created', 'created', 'slot_taken', 'slot_taken', 'created', 'slot_taken', 'too_soon', 'created', 'blackout', 'outside_opening_hours', 'quota_exceeded'])[1 + dice % 11],
         20 + dice % 90
    from generate_series(1, 134) n,
         lateral (select ('x' || left(md5(n::text), 6))::bit(24)::integer) as random (dice);
end
$$;

commit;
