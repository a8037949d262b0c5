begin;
set local role berth_owner;

create function booking.lock_reservations(
  tenant_id uuid,
  reservation_ids uuid[],
  other_resource_ids uuid[] default '{}'
) returns void
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_resource_ids uuid[];
begin
  loop
    v_resource_ids := other_resource_ids || array(
      select r.resource_id
        from booking.reservations r
       where r.tenant_id = lock_reservations.tenant_id and r.id = any (reservation_ids));
    begin
      -- Always resources first, in the order of their ids, then reservations.
      perform booking.lock_resources(tenant_id, v_resource_ids);
      perform from booking.reservations r
        where r.tenant_id = lock_reservations.tenant_id and r.id = any (reservation_ids)
        order by r.id
          for update;
      exit when not exists (select from booking.reservations r
                             where r.tenant_id = lock_reservations.tenant_id and r.id = any (reservation_ids)
                               and r.resource_id <> all (v_resource_ids));
      -- Somebody moved one to another resource while we waited. To lock that too, out of turn, could deadlock: all
      -- locks are given back, and we begin again.
      raise exception using errcode = 'BE001';
    exception
      when sqlstate 'BE001' then null;
    end;
  end loop;
end
$$;

comment on function booking.lock_reservations(uuid, uuid[], uuid[]) is
  'Locks reservations, after their resources and the others they are to move to, in one order everywhere: no deadlock.';

commit;
