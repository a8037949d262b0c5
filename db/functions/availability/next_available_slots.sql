begin;
set local role berth_owner;

create function api.next_available_slots(
  duration interval,
  resource_id uuid default null,
  kind text default null,
  tags text[] default null,
  min_seats integer default null,
  after timestamptz default null,
  before timestamptz default null,
  units integer default 1,
  max_results integer default 5
) returns setof booking.slot
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_member booking.members := booking.enter_tenant();
  v_now timestamptz := booking.now();
  v_after timestamptz := greatest(after, v_now);
  v_before timestamptz := least(
    coalesce(before, booking.add_elapsed(least(v_after, '9999-01-01 00:00+00'), '366 days')), '9999-12-31 23:59:59.999999+00');
  v_length interval;
  v_reach interval;
  v_search booking.search;
  v_slots booking.slot[];
begin
  if resource_id is not null then
    perform booking.find_resource(v_member.tenant_id, resource_id);
  end if;
  if duration is null or duration <= '0' or duration > '366 days' then
    perform booking.raise_error(400, 'invalid_argument', 'Say how long it takes: more than nothing, at most 366 days.',
      '{"argument": "duration", "limit": "366 days"}');
  elsif not pg_catalog.isfinite(coalesce(after, v_now)) or not pg_catalog.isfinite(coalesce(before, v_now)) then
    perform booking.raise_error(400, 'invalid_argument', 'Search from one time to another.',
      pg_catalog.jsonb_build_object('argument', case when pg_catalog.isfinite(after) is false then 'after' else 'before' end));
  elsif not booking.is_time_range(coalesce(after, '0001-01-01 00:00+00'), coalesce(before, '9999-12-31 23:59:59.999999+00')) then
    perform booking.check_time_range(after, before);
  end if;
  v_length := booking.shortest_length(duration);
  -- What has passed of the range does not count.
  perform booking.check_search(case when after >= v_now then after else least(v_now, v_before - v_length) end,
    v_before, duration,
    kind, tags, null, units, max_results);
  v_reach := booking.elapsed(duration) + interval '48:00';
  if v_after + v_length > v_before then
    return; -- too much of it has passed
  end if;
  -- A day first, and further only as far as it takes.
  loop
    v_search := booking.find_candidates(v_member, kind, tags, min_seats, case when resource_id is not null then array[resource_id] end, units, duration,
      pg_catalog.tstzrange(v_after, least(v_before, v_after + v_reach)));
    v_slots := array(
      select row(s.id, s.name, x.starts_at, x.starts_at + f.duration)::booking.slot
        from booking.find_free_starts(v_member.tenant_id, v_search.candidates, v_search.terms, units) f
        join booking.resources s on s.tenant_id = v_member.tenant_id and s.id = f.resource_id
       cross join lateral booking.list_starts(f.starts, f.slot_step, f.timezone, f.duration, max_results) x (starts_at)
       order by x.starts_at, f.rank
       limit max_results);
    exit when pg_catalog.cardinality(v_slots) = max_results or v_after + v_reach >= v_before;
    v_reach := v_reach * 4;
  end loop;
  return query select * from pg_catalog.unnest(v_slots);
end
$$;

comment on function api.next_available_slots(
  interval, uuid, text, text[], integer, timestamptz, timestamptz, integer, integer
) is
  'The next times of this length (days by the calendar of each resource, of 23 or 25 hours, too) that '
  'create_reservation would accept from you, on one resource, or on any of a kind, with all of the tags and at least '
  'min_seats seats; the earliest first, then the best fit. '
  'On the grid where there is one, else back to back; from after on, or from now, until before, at most 366 days '
  'later. '
  '400 invalid_time_range, invalid_argument (duration, after, before, units, max_results 1 to 1000); 403 forbidden; '
  '404 not_found.';
grant execute on function api.next_available_slots(
  interval, uuid, text, text[], integer, timestamptz, timestamptz, integer, integer
) to authenticated, service_role;

commit;
