begin;
set local role berth_owner;

create function booking.find_preemptable(
  resource booking.resources,
  during tstzrange,
  units integer,
  unit integer,
  priority integer,
  exclude_id uuid
) returns uuid[]
language plpgsql stable
set search_path = ''
as $$
declare
  v_found bigint;
  v_reservation_ids uuid[];
begin
  if not (booking.find_rules(resource)).allow_preemption then
    return null;
  end if;
  -- As many units as are asked for, those first that displace the least: nobody, then the lowest priorities.
  with in_the_way as (
    select c.unit, r.id, r.priority, c.expires_at is not null and r.priority < find_preemptable.priority as yields
      from booking.find_conflicts(resource.tenant_id, resource.id, during, exclude_id) c
      left join booking.reservations r on r.tenant_id = resource.tenant_id and r.id = c.source_id
  ), chosen as (
    select u.unit
      from pg_catalog.generate_series(1, resource.capacity) u (unit)
      left join in_the_way w on w.unit = u.unit
     where u.unit = coalesce(find_preemptable.unit, u.unit)
     group by u.unit
    having pg_catalog.count(w.unit) = pg_catalog.count(*) filter (where w.yields)
     order by pg_catalog.max(w.priority) nulls first, pg_catalog.count(w.unit), u.unit
     limit find_preemptable.units
  )
  select pg_catalog.count(distinct c.unit), coalesce(pg_catalog.array_agg(distinct w.id) filter (where w.id is not null), '{}')
    into v_found, v_reservation_ids
    from chosen c
    left join in_the_way w on w.unit = c.unit;
  return case when v_found = units then v_reservation_ids end;
end
$$;

comment on function booking.find_preemptable(booking.resources, tstzrange, integer, integer, integer, uuid) is
  'The held and pencilled reservations of strictly lower priority that must yield for a request to fit; null if it would not fit even so, or no rule allows it.';

commit;
