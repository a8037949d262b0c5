begin;
set local role berth_owner;

create function booking.make_way(reservation booking.reservations, resource booking.resources) returns boolean
language plpgsql volatile
set search_path = ''
as $$
declare
  v_during tstzrange := pg_catalog.tstzrange(reservation.starts_at, reservation.ends_at);
  v_expired uuid[];
  v_displaced uuid[];
begin
  -- A look before the lock: whoever lost to a firm claim need not queue for it.
  if not exists (select from booking.claims c
                   join booking.reservations r on r.tenant_id = c.tenant_id and r.id = c.source_id
                  where c.tenant_id = resource.tenant_id and c.resource_id = resource.id and c.during && v_during
                    and c.source_id <> reservation.id and c.expires_at is not null
                    and (c.expires_at <= booking.now() or r.priority < reservation.priority)) then
    return false;
  end if;
  perform from booking.resources s where s.tenant_id = resource.tenant_id and s.id = resource.id for no key update;
  select pg_catalog.array_agg(distinct c.source_id) into v_expired
    from booking.claims c
   where c.tenant_id = resource.tenant_id and c.resource_id = resource.id and c.during && v_during
     and c.source_id <> reservation.id and c.expires_at <= booking.now();
  if v_expired is not null then
    -- Time has done it, not the caller.
    perform booking.change_status(resource.tenant_id, v_expired, 'expired', null, null);
  end if;
  v_displaced := coalesce(booking.find_preemptable(resource, v_during, reservation.units, reservation.unit, reservation.priority, reservation.id), '{}');
  if v_displaced <> '{}' then
    perform booking.change_status(resource.tenant_id, v_displaced, 'displaced',
      'A request of higher priority took its time.', null);
  end if;
  return true;
end
$$;

comment on function booking.make_way(booking.reservations, booking.resources) is
  'Clears what need not stand in a request''s way: expires what time has expired, and, where the rules allow preemption and it then fits, displaces held and pencilled reservations of lower priority. '
  'False if nothing is there to clear; else the resource is locked now, and trying again tells.';

commit;
