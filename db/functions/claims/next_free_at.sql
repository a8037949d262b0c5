begin;
set local role berth_owner;

create function booking.next_free_at(
  resource booking.resources,
  reservation booking.reservations,
  exclude_ids uuid[]
) returns timestamptz
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_member booking.members := booking.current_member();
  v_length interval := booking.elapsed(reservation.ends_at - reservation.starts_at);
  v_from timestamptz := greatest(reservation.starts_at, booking.now());
  v_terms booking.terms;
  v_reach interval;
  v_taken tstzrange;
  v_starts tstzmultirange;
  v_found timestamptz;
begin
  if v_length > '366 days' then
    return null; -- as the search has it
  end if;
  -- It is usually soon.
  foreach v_reach in array array['1 day', '14 days']::interval[] loop
    v_terms := booking.find_terms(resource, v_member, 1, reservation.units, v_length, pg_catalog.tstzrange(v_from, booking.add_elapsed(v_from, v_reach), '[]'), exclude_ids);
    continue when pg_catalog.isempty(v_terms.starts);
    select f.starts * coalesce(booking.grid_starts(f.slot_step, f.timezone, v_length, pg_catalog.range_merge(f.starts)), f.starts) into v_starts
      from booking.find_free_starts(resource.tenant_id, array[row(resource.id, resource.capacity, 1)::booking.candidate], array[v_terms], reservation.units, exclude_ids) f;
    if reservation.unit is null or resource.capacity = 1 then
      v_found := pg_catalog.lower(v_starts);
    else
      -- A unit becomes free only where something ends: what is fixed on it, or what cannot move to another.
      for v_found in
        with placed as (
          select p.taken, p.unit = reservation.unit and p.is_fixed as is_in_the_way
            from booking.find_placed(resource, pg_catalog.tstzrange(
                   pg_catalog.lower(v_starts) - v_terms.buffer_before, pg_catalog.upper(v_starts) + v_length + v_terms.buffer_after), exclude_ids) p
        ), left_over as (
          select v_starts - coalesce(pg_catalog.range_agg(pg_catalog.tstzrange(
                   pg_catalog.lower(p.taken) - v_terms.buffer_after - v_length, pg_catalog.upper(p.taken) + v_terms.buffer_before, '()')) filter (where p.is_in_the_way), '{}') as starts
            from placed p
        )
        select distinct pg_catalog.lower(l.starts * pg_catalog.tstzmultirange(pg_catalog.tstzrange(e.at, null))) as at
          from left_over l
         cross join lateral (select pg_catalog.lower(l.starts) union select pg_catalog.upper(p.taken) + v_terms.buffer_before from placed p) e (at)
         order by at
      loop
        v_taken := pg_catalog.tstzrange(v_found - v_terms.buffer_before, v_found + v_length + v_terms.buffer_after);
        exit when v_found is null
               or booking.plan_units(resource, v_taken, 1, reservation.unit, exclude_ids || booking.find_yielding(resource, v_taken, 0, exclude_ids)) is not null;
        v_found := null;
      end loop;
    end if;
    exit when v_found is not null;
  end loop;
  return v_found;
end
$$;

comment on function booking.next_free_at(booking.resources, booking.reservations, uuid[]) is
  'When, on or after its start, create_reservation would next accept as much for as long from whoever asks, of a '
  'pinned one its unit; null if not within two weeks, or for more than 366 days.';

commit;
