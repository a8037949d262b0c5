begin;
set local role berth_owner;

create function booking.count_changes(a booking.assessment, rule text, during tstzrange)
returns table (starts_at timestamptz, ends_at timestamptz, change integer)
language plpgsql stable
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan -- planning would take longer than the work
as $$
declare
  v_ids uuid[];
  v_old booking.counted_reservations[];
  v_new booking.counted_reservations[];
begin
  -- One way through the list, which may be long: this is asked for each of it.
  select pg_catalog.array_agg(o.id),
         pg_catalog.array_agg(o) filter (where o.starts_at < pg_catalog.upper(during) and o.ends_at > pg_catalog.lower(during))
    into v_ids, v_old
    from pg_catalog.unnest(a.replaced) o;
  -- The others that move along, where they are by now.
  v_new := array(
    select n
      from booking.counted_reservations n
     where n.tenant_id = (a.resource).tenant_id and n.owner_id = (a.wanted).owner_id
       -- What lasts longer than a day has an index of its own.
       and ((n.starts_at >= pg_catalog.lower(during) - interval '24:00' and n.starts_at < pg_catalog.upper(during))
            or (n.ends_at - n.starts_at > interval '24:00' and n.starts_at < pg_catalog.lower(during)))
       and n.ends_at > pg_catalog.lower(during)
       -- Not n.id = any (v_ids), for which the plan would look up each of a long list.
       and pg_catalog.array_position(v_ids, n.id) is not null and n.id <> (a.wanted).id and n.id <> all (a.exclude_ids));
  return query
  select (a.wanted).starts_at, (a.wanted).ends_at, 1
   union all
  select n.starts_at, n.ends_at, 1
    from booking.list_counted(v_new, a.resource, a.scopes ->> rule, (a.wanted).owner_id) n
   union all
  select o.starts_at, o.ends_at, -1
    from booking.list_counted(v_old, a.resource, a.scopes ->> rule, (a.wanted).owner_id) o;
end
$$;

comment on function booking.count_changes(booking.assessment, text, tstzrange) is
  'What a request changes, within a range, in that which a rule counts of its owner: the bookings that come (change 1) '
  'and those that they replace (-1).';

commit;
