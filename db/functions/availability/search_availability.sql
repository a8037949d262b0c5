begin;
set local role berth_owner;

create function api.search_availability(
  starts_at timestamptz,
  ends_at timestamptz,
  duration interval default null,
  kind text default null,
  tags text[] default null,
  min_seats integer default null,
  units integer default 1,
  resource_ids uuid[] default null,
  max_results integer default 50
) returns setof booking.available_resource
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_member booking.members := booking.enter_tenant();
  v_arguments boolean := booking.check_search(starts_at, ends_at, duration, kind, tags, resource_ids, units, max_results);
  v_length interval := coalesce(duration, booking.elapsed(ends_at - starts_at));
  v_search booking.search;
  v_done integer := 0;
  v_batch integer := greatest(max_results, 20);
  v_found integer := 0;
  v_more integer;
begin
  v_search := booking.find_candidates(v_member, kind, tags, min_seats, resource_ids, units, v_length, pg_catalog.tstzrange(starts_at, ends_at));
  -- The best come first, so that the claims of the others need not be read.
  while v_found < max_results and v_done < pg_catalog.cardinality(v_search.candidates) loop
    return query
    with found as materialized (
      select f.*
        from booking.find_free_starts(v_member.tenant_id, v_search.candidates[v_done + 1 : v_done + v_batch], v_search.terms, units) f
       where exists (select from booking.list_starts(f.starts, f.slot_step, f.timezone, f.duration, 1))
    ), best as (
      -- One that counts days is there once for each length that they have.
      select distinct f.rank, f.resource_id
        from found f
       order by f.rank
       limit max_results - v_found
    )
    select s.id, s.kind, s.name, s.description, s.timezone, s.capacity, s.seats, s.tags, s.requires_approval, s.price_amount, s.price_currency, s.price_per,
           case when s.capacity = units then units
                else booking.count_free_units(v_member.tenant_id, v_search.candidates[v_done + b.rank], v_search.terms, units) end,
           (select pg_catalog.jsonb_agg(r order by (r ->> 'starts_at')::timestamptz, (r ->> 'ends_at')::timestamptz)
              from found f
             cross join lateral pg_catalog.jsonb_array_elements(booking.list_free_ranges(
                   f.starts, f.slot_step, f.timezone, f.duration, case when search_availability.duration is not null then booking.now() else starts_at end)) r
             where f.rank = b.rank)
      from best b
      join booking.resources s on s.tenant_id = v_member.tenant_id and s.id = b.resource_id
     order by b.rank;
    get diagnostics v_more = row_count;
    v_found := v_found + v_more;
    v_done := v_done + v_batch;
  end loop;
end
$$;

comment on function api.search_availability(
  timestamptz, timestamptz, interval, text, text[], integer, integer, uuid[], integer
) is
  'What create_reservation would accept from you in a range of at most 366 days: the resources that are free for the '
  'whole range or, with duration, for that long within it (days by the calendar of each, of 23 or 25 hours, too), of a '
  'kind, with all of the tags, '
  'at least min_seats seats and so many units free, among resource_ids. Best fit first: the fewest seats, then the '
  'smallest, then by name. '
  'free_ranges: any time of that length within one can be booked, on the grid where there is one; free_units: how many '
  'can be had at once. Rules, opening hours, buffers, quotas and blackouts count. '
  'Where approval is required, what is taken is not offered, though it can be asked for. 400 invalid_time_range, '
  'invalid_argument (units, max_results 1 to 1000, duration); 403 forbidden.';
grant execute on function api.search_availability(
  timestamptz, timestamptz, interval, text, text[], integer, integer, uuid[], integer
) to authenticated, service_role;

commit;
