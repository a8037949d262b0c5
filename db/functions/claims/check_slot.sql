begin;
set local role berth_owner;

create function booking.check_slot(
  resource booking.resources,
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
  v_during tstzrange := pg_catalog.tstzrange(starts_at, ends_at);
begin
  -- Of a blackout that was told to keep it, a reservation may move within its own time.
  perform booking.refuse_blackout(resource, v_during, coalesce(
    (select pg_catalog.range_merge(pg_catalog.range_agg(c.during))
       from booking.claims c
      where c.tenant_id = resource.tenant_id and c.resource_id = resource.id and c.source_id = any (exclude_ids) and c.during && v_during),
    'empty'));
  if booking.plan_units(resource, v_during, units, unit,
       exclude_ids || booking.find_yielding(resource, v_during, priority, exclude_ids)) is null then
    perform booking.refuse_slot(resource, starts_at, ends_at, exclude_ids);
  end if;
end
$$;

comment on function booking.check_slot(booking.resources, timestamptz, timestamptz, integer, integer, uuid[], integer) is
  'Refuses time that a request could not have: 409 blackout, slot_taken. What is excluded is on its way elsewhere.';

commit;
