begin;
set local role berth_owner;

create function booking.try_claims(reservation booking.reservations, resource booking.resources) returns boolean
language plpgsql volatile
set search_path = ''
as $$
declare
  v_during tstzrange := pg_catalog.tstzrange(reservation.starts_at, reservation.ends_at);
begin
  if resource.capacity > 1 then
    perform from booking.resources s where s.tenant_id = resource.tenant_id and s.id = resource.id for no key update;
  end if;
  -- The lowest units that no claim is on, not even an expired one.
  with free as (
    select u as unit
      from pg_catalog.generate_series(1, resource.capacity) u
     where u = coalesce(reservation.unit, u)
       and not exists (select from booking.claims c
                        where c.tenant_id = resource.tenant_id and c.resource_id = resource.id and c.unit = u and c.during && v_during)
     order by u
     limit reservation.units
  )
  insert into booking.claims (tenant_id, resource_id, unit, during, claimant, source_id, expires_at)
  select reservation.tenant_id, reservation.resource_id, f.unit, v_during, reservation.id, reservation.id, reservation.expires_at
    from free f
   where (select pg_catalog.count(*) from free) = reservation.units
   order by f.unit
      on conflict on constraint claims_never_overlap do nothing;
  return found;
end
$$;

comment on function booking.try_claims(booking.reservations, booking.resources) is
  'Takes a reservation''s time where it is free; all its units or, returning false, none. Of a pool it locks the resource and takes the lowest units.';

commit;
