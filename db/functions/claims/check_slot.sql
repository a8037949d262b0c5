begin;
set local role berth_owner;

create function booking.check_slot(
  resource booking.resources,
  rules booking.booking_rules,
  starts_at timestamptz,
  ends_at timestamptz,
  units integer,
  unit integer,
  exclude_ids uuid[],
  priority integer
) returns void
language plpgsql stable
set search_path = ''
as $$
declare
  v_during tstzrange := booking.taken_range(starts_at, ends_at, rules.buffer_before, rules.buffer_after);
  v_entry booking.waitlist_entries;
  v_starts_at timestamptz;
begin
  -- Of a blackout that was told to keep it, a reservation may move within its own time.
  perform booking.refuse_blackout(resource, v_during, coalesce(
    (select pg_catalog.range_merge(pg_catalog.range_agg(c.during))
       from booking.claims c
      where c.tenant_id = resource.tenant_id and c.resource_id = resource.id and c.source_id = any (exclude_ids) and c.during && v_during),
    'empty'));
  if booking.plan_units(resource, v_during, units, unit,
       exclude_ids || booking.find_yielding(resource, v_during, priority, exclude_ids)) is null then
    perform booking.refuse_slot(resource, v_during, rules.buffer_before, exclude_ids);
  end if;
  -- What has expired goes to those who wait, if it fits, as soon as somebody clears it away.
  if resource.capacity = 1
     and exists (select from booking.claims c
                  where c.tenant_id = resource.tenant_id and c.resource_id = resource.id and c.during && v_during and c.expires_at <= booking.now()) then
    for v_entry in
      select w.*
        from booking.waitlist_entries w
        join booking.members m on m.tenant_id = w.tenant_id and m.user_id = w.owner_id
       where w.tenant_id = resource.tenant_id and w.resource_id = resource.id and w.status = 'waiting' and w.expires_at > booking.now()
         and not (check_slot.priority > w.priority and (booking.find_rules(resource)).allow_preemption)
       order by w.priority desc, w.turn
    loop
      v_starts_at := booking.find_place(resource, rules, v_entry);
      continue when v_starts_at is null;
      if booking.taken_range(v_starts_at, booking.add_elapsed(v_starts_at, coalesce(v_entry.duration, v_entry.ends_at - v_entry.starts_at)),
                             rules.buffer_before, rules.buffer_after) && v_during then
        perform booking.raise_error(409, 'slot_taken', 'It has just become free, for somebody who waits for it.',
          pg_catalog.jsonb_build_object('conflicts', pg_catalog.jsonb_build_array(pg_catalog.jsonb_build_object(
            'resource_id', resource.id, 'starts_at', v_starts_at,
            'ends_at', booking.add_elapsed(v_starts_at, coalesce(v_entry.duration, v_entry.ends_at - v_entry.starts_at)), 'kind', 'reservation'))));
      end if;
    end loop;
  end if;
end
$$;

comment on function booking.check_slot(booking.resources, booking.booking_rules, timestamptz, timestamptz, integer, integer, uuid[], integer) is
  'Refuses time that a request could not have: 409 blackout, slot_taken. What is excluded is on its way elsewhere.';

commit;
