begin;
set local role berth_owner;

create function booking.find_place(
  resource booking.resources,
  rules booking.booking_rules,
  entry booking.waitlist_entries,
  freed tstzmultirange default null
) returns timestamptz
language plpgsql stable
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan -- planning would take longer than the work
as $$
declare
  v_request booking.request;
  a booking.assessment;
  v_length interval := coalesce(entry.duration, entry.ends_at - entry.starts_at);
  -- At most: days and months count by the calendar.
  v_reach interval := v_length + case when v_length < '24:00' then interval '0' else '96:00' end;
  -- Only a place that touches what was freed can be new: elsewhere they have been looked for before.
  v_from timestamptz := greatest(entry.starts_at, booking.add_elapsed(booking.add_elapsed(pg_catalog.lower(freed), -rules.buffer_after), -v_reach));
  v_until timestamptz := least(entry.ends_at, booking.add_elapsed(booking.add_elapsed(pg_catalog.upper(freed), rules.buffer_before), v_reach));
  v_first date := (v_from at time zone resource.timezone)::date;
  v_places timestamptz[];
  v_starts_at timestamptz;
  v_ends_at timestamptz;
  v_during tstzrange;
begin
  v_request.tenant_id := entry.tenant_id;
  a := booking.begin_assessment(v_request, entry.resource_id);
  -- They asked when they joined: notice and horizon count from then.
  a.asked_at := entry.created_at;
  a.wanted.units := entry.units;
  v_places := array[entry.starts_at];
  if entry.duration is not null then
    -- The earliest place is where the range begins, or where something ends that is in the way.
    v_places := array(
    select distinct booking.next_on_grid(b.at, rules.slot_step, resource.timezone)
      from (select booking.add_elapsed(pg_catalog.upper(c.during), rules.buffer_before) as at
              from booking.tenant_claims c
             where c.tenant_id = entry.tenant_id and c.resource_id = entry.resource_id
               and c.during && booking.taken_range(v_from, v_until, rules.buffer_before, rules.buffer_after)
            union
            select pg_catalog.lower(o) from pg_catalog.unnest(booking.open_ranges(resource, pg_catalog.tstzrange(v_from, v_until))) o
             where not pg_catalog.lower_inf(o)
            union
            select entry.starts_at
            union
            select booking.add_elapsed(pg_catalog.lower(f), rules.buffer_before) from pg_catalog.unnest(freed) f
            union
            select booking.now()
            union
            select booking.add_elapsed(entry.created_at, rules.min_notice)
            union
            -- The grid begins anew at midnight, and goes on elsewhere when clocks change.
            select d.at
              from pg_catalog.generate_series(0, (v_until at time zone resource.timezone)::date - v_first) n
             cross join lateral (values (booking.local_midnight(v_first + n, resource.timezone))) day (begins)
             cross join lateral pg_catalog.generate_series(
                   day.begins,
                   case when booking.is_usual_day(v_first + n, resource.timezone) then day.begins
                        else booking.local_midnight(v_first + n + 1, resource.timezone) end,
                   '30 minutes') d (at)
             where rules.slot_step is not null) b
     where b.at >= booking.now() and b.at between v_from and v_until
     order by 1);
  end if;
  foreach v_starts_at in array v_places loop
    v_ends_at := booking.awaited_end(entry, v_starts_at, resource.timezone);
    continue when v_ends_at > entry.ends_at;
    a.wanted.starts_at := v_starts_at;
    a.wanted.ends_at := v_ends_at;
    v_during := booking.taken_range(v_starts_at, v_ends_at, rules.buffer_before, rules.buffer_after);
    if v_starts_at >= entry.starts_at and (freed && v_during) is not false and v_ends_at > booking.now()
       and (pg_catalog.lower(v_during) < resource.claims_kept_since) is not true
       and booking.plan_units(resource, v_during, entry.units) is not null
       and not exists (select from booking.blackouts b
                        where b.tenant_id = entry.tenant_id and b.resource_id = entry.resource_id and b.lifted_at is null
                          and b.starts_at < pg_catalog.upper(v_during) and b.ends_at > pg_catalog.lower(v_during))
       -- What is offered and takes no time by itself, since the resource says so, is offered once all the same.
       and entry.units + (select coalesce(pg_catalog.sum(r.units), 0)
                            from booking.reservations r
                           where r.tenant_id = entry.tenant_id and r.resource_id = entry.resource_id and r.waitlist_entry_id is not null
                             and r.status in ('held', 'pending') and r.status <> all (resource.blocking_statuses)
                            and (r.expires_at is null or r.expires_at > booking.now())
                             and r.starts_at < v_ends_at and r.ends_at > v_starts_at) <= resource.capacity
       and booking.list_violations(a) = '[]' then
      return v_starts_at;
    end if;
  end loop;
  return null;
end
$$;

comment on function booking.find_place(
  booking.resources, booking.booking_rules, booking.waitlist_entries, tstzmultirange
) is
  'Where what somebody waits for fits now, at the earliest, and takes some of what was freed (null: anywhere); null '
  'if nowhere. The rules count as if it were asked for when they joined.';

commit;
