begin;
set local role berth_owner;

create function booking.place_claims(reservation booking.reservations, resource booking.resources) returns boolean
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_plan booking.placement[] := booking.plan_units(
    resource, booking.taken_range(reservation.starts_at, reservation.ends_at, reservation.buffer_before, reservation.buffer_after),
    reservation.units, reservation.unit);
  v_moved booking.claims[];
begin
  if exists (select from pg_catalog.unnest(v_plan) p where p.source_id is not null) then
    -- All are lifted before any is put down.
    with lifted as (
      delete from booking.claims c
       using pg_catalog.unnest(v_plan) p
       where c.tenant_id = resource.tenant_id and c.source_id = p.source_id and c.unit = p.from_unit and c.during = p.during
      returning c.tenant_id, c.resource_id, p.to_unit as unit, c.during, c.claimant, c.source_id, c.expires_at,
                c.starts_at, c.ends_at
    )
    select pg_catalog.array_agg(l::booking.claims) into v_moved from lifted l;
    insert into booking.claims (tenant_id, resource_id, unit, during, claimant, source_id, expires_at)
    select m.tenant_id, m.resource_id, m.unit, m.during, m.claimant, m.source_id, m.expires_at from pg_catalog.unnest(v_moved) m;
  end if;
  insert into booking.claims (tenant_id, resource_id, unit, during, claimant, source_id, expires_at)
  select resource.tenant_id, resource.id, p.to_unit, p.during, reservation.id, reservation.id, reservation.expires_at
    from pg_catalog.unnest(v_plan) p
   where p.source_id is null
   order by p.to_unit
      on conflict on constraint claims_never_overlap do nothing;
  return found;
end
$$;

comment on function booking.place_claims(booking.reservations, booking.resources) is
  'Takes a reservation''s time where it fits, moving unpinned claims to other units if it must; all its units or, '
  'returning false, none. '
  'Of a pool, the caller holds the lock of the resource.';

commit;
