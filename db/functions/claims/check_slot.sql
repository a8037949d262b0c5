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
  v_awaited tstzrange;
begin
  -- Of a blackout that was told to keep it, a reservation may move within its own time.
  perform booking.refuse_blackout(resource, v_during, coalesce(
    (select pg_catalog.range_merge(pg_catalog.range_agg(c.during))
       from booking.claims c
      where c.tenant_id = resource.tenant_id and c.resource_id = resource.id and c.source_id = any (exclude_ids) and c.during && v_during),
    'empty'));
  if booking.plan_units(resource, v_during, units, unit,
       exclude_ids || booking.find_yielding(resource, v_during, priority, exclude_ids)) is null then
    perform booking.refuse_slot(resource, starts_at, ends_at, v_during, units, exclude_ids);
  end if;
  -- What has expired goes to those who wait, if it fits, as soon as somebody clears it away.
  if resource.capacity = 1
     and exists (select from booking.claims c
                  where c.tenant_id = resource.tenant_id and c.resource_id = resource.id and c.during && v_during and c.expires_at <= booking.now()) then
    for v_awaited in select a from booking.find_awaited(resource, rules, priority) a loop
      if booking.taken_range(pg_catalog.lower(v_awaited), pg_catalog.upper(v_awaited), rules.buffer_before, rules.buffer_after) && v_during then
        perform booking.raise_error(409, 'slot_taken', 'It has just become free, for somebody who waits for it.',
          pg_catalog.jsonb_build_object('next_free_at', booking.next_free_at(resource, starts_at, ends_at, units, exclude_ids), 'conflicts', pg_catalog.jsonb_build_array(pg_catalog.jsonb_build_object(
            'resource_id', resource.id, 'starts_at', pg_catalog.lower(v_awaited), 'ends_at', pg_catalog.upper(v_awaited), 'kind', 'reservation'))));
      end if;
    end loop;
  end if;
end
$$;

comment on function booking.check_slot(booking.resources, booking.booking_rules, timestamptz, timestamptz, integer, integer, uuid[], integer) is
  'Refuses time that a request could not have: 409 blackout, slot_taken. What is excluded is on its way elsewhere.';

commit;
