begin;
set local role berth_owner;

create function booking.next_free_at(
  resource booking.resources,
  starts_at timestamptz,
  ends_at timestamptz,
  units integer,
  exclude_ids uuid[]
) returns timestamptz
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_member booking.members := booking.current_member();
  v_length interval := booking.elapsed(ends_at - starts_at);
  v_from timestamptz := greatest(starts_at, booking.now());
  v_terms booking.terms;
  v_reach interval;
  v_found timestamptz;
begin
  -- It is usually soon.
  foreach v_reach in array array['1 day', '14 days']::interval[] loop
    v_terms := booking.find_terms(resource, v_member, 1, units, v_length, pg_catalog.tstzrange(v_from, booking.add_elapsed(v_from, v_reach), '[]'), exclude_ids);
    continue when pg_catalog.isempty(v_terms.starts);
    select pg_catalog.lower(f.starts * coalesce(f.grid, f.starts)) into v_found
      from booking.find_free_starts(resource.tenant_id, array[row(resource.id, resource.capacity, 1)::booking.candidate], array[v_terms], units, v_length, exclude_ids) f;
    exit when v_found is not null;
  end loop;
  return v_found;
end
$$;

comment on function booking.next_free_at(booking.resources, timestamptz, timestamptz, integer, uuid[]) is
  'When, on or after its start, create_reservation would next accept as much for as long from whoever asks; null if not within two weeks.';

commit;
