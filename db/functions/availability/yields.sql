begin;
set local role berth_owner;

create function booking.yields(tenant_id uuid, reservation_id uuid) returns boolean
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return exists (
    select from booking.reservations r
     where r.tenant_id = yields.tenant_id and r.id = reservation_id and r.priority < 0);
end
$$;

comment on function booking.yields(uuid, uuid) is
  'Whether a held or pencilled reservation yields to a request that gives no priority, where the rules allow '
  'preemption: see find_yielding().';

commit;
