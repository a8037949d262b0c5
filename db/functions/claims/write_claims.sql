-- The heart: reservations come and go as rows, and their claims with them.
begin;
set local role berth_owner;

create function booking.write_claims() returns trigger
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_reservation booking.reservations;
  v_displaced uuid[];
  v_moved uuid[];
  v_taking uuid[];
  v_withheld boolean := false;
  v_blackouts booking.blackouts[];
  v_resource booking.resources;
  v_kept record;
begin
  if tg_op = 'UPDATE' then
    if pg_catalog.row_security_active('booking.resources'::regclass) then
      -- Mostly it is one reservation, which stays where it is and goes on taking time. At most, when that ends changes.
      select n.tenant_id, n.id, n.expires_at, o.expires_at is distinct from n.expires_at as is_extended into v_kept
        from old_rows o
        join new_rows n on n.tenant_id = o.tenant_id and n.id = o.id
        join booking.resources s on s.tenant_id = n.tenant_id and s.id = n.resource_id
       where (select pg_catalog.count(*) from new_rows) = 1
         and (o.resource_id, o.starts_at, o.ends_at, o.units, o.buffer_before, o.buffer_after)
             = (n.resource_id, n.starts_at, n.ends_at, n.units, n.buffer_before, n.buffer_after)
         and o.unit is not distinct from n.unit
         and n.status = any (s.blocking_statuses)
         and exists (select from booking.claims c where c.tenant_id = n.tenant_id and c.source_id = n.id)
         for no key update of s;
      if found then
        if v_kept.is_extended then
          update booking.claims c
             set expires_at = v_kept.expires_at
           where c.tenant_id = v_kept.tenant_id and c.source_id = v_kept.id;
        end if;
        return null;
      end if;
    end if;
    -- Whoever touches existing claims locks the resources first, in one order: no deadlock. A DBA has the rows by now,
    -- and gives way: a request that wants them has the resource perhaps.
    if pg_catalog.row_security_active('booking.resources'::regclass) then
      perform from booking.resources s
        where (s.tenant_id, s.id) in (select o.tenant_id, o.resource_id from old_rows o
                                      union select n.tenant_id, n.resource_id from new_rows n)
        order by s.tenant_id, s.id
          for no key update;
    elsif not (select booking.lock_resources_late(pg_catalog.array_agg(c.tenant_id), pg_catalog.array_agg(c.resource_id))
                 from (select o.tenant_id, o.resource_id from old_rows o
                       union select n.tenant_id, n.resource_id from new_rows n) c) then
      raise exception using
        errcode = 'deadlock_detected',
        message = 'somebody has the resources of these reservations, and waits for the rows',
        hint = 'Try again; or first, in the same transaction, lock the resources: select from booking.resources where … order by tenant_id, id for no key update.';
    end if;
    -- All are released before any is taken, so that neighbours may shift together. (Old and new rows are compared by
    -- sorting: a join planned for one row would take the square of the time for a thousand.)
    v_moved := array(
      select u.id
        from (select o.tenant_id, o.id, o.resource_id, o.starts_at, o.ends_at, o.units, o.unit, o.buffer_before, o.buffer_after from old_rows o
              union
              select n.tenant_id, n.id, n.resource_id, n.starts_at, n.ends_at, n.units, n.unit, n.buffer_before, n.buffer_after from new_rows n) u
       group by u.tenant_id, u.id
      having pg_catalog.count(*) > 1);
    v_taking := array(
      select n.id
        from new_rows n
        join booking.resources s on s.tenant_id = n.tenant_id and s.id = n.resource_id
       where n.status = any (s.blocking_statuses)
         and (n.id = any (v_moved)
              or not exists (select from booking.claims c where c.tenant_id = n.tenant_id and c.source_id = n.id)));
    if v_taking <> '{}' then
      -- What has expired is theirs who wait for it; what these leave, only when they have what they go to.
      for v_resource in
        select s.*
          from booking.resources s
         where (s.tenant_id, s.id) in (select n.tenant_id, n.resource_id from new_rows n where n.id = any (v_taking))
         order by s.tenant_id, s.id
      loop
        perform booking.expire_holds(v_resource);
      end loop;
      v_withheld := booking.withhold_offers();
    end if;
    delete from booking.claims c
     using new_rows n
      join booking.resources s on s.tenant_id = n.tenant_id and s.id = n.resource_id
     where c.tenant_id = n.tenant_id and c.source_id = n.id
       and (n.status <> all (s.blocking_statuses) or n.id = any (v_moved));
    update booking.claims c
       set expires_at = n.expires_at
      from new_rows n
     where c.tenant_id = n.tenant_id and c.source_id = n.id and c.expires_at is distinct from n.expires_at;
    for v_reservation in
      select n.*
        from new_rows n
       where n.id = any (v_taking)
       order by n.tenant_id, n.resource_id, n.starts_at, n.id
    loop
      v_displaced := booking.take_claims(v_reservation);
      if v_displaced <> '{}' then
        perform booking.displace_claims(v_reservation, v_displaced);
      end if;
    end loop;
    -- What takes no time is not moved to where it could never be confirmed either.
    for v_reservation in
      select n.*
        from new_rows n
        join booking.resources s on s.tenant_id = n.tenant_id and s.id = n.resource_id
       where n.id = any (v_moved)
         and n.status <> all (s.blocking_statuses)
    loop
      perform booking.refuse_blackout(booking.find_resource(v_reservation.tenant_id, v_reservation.resource_id), v_reservation, array[v_reservation.id]);
    end loop;
  else
    delete from booking.claims c
     using old_rows o
     where c.tenant_id = o.tenant_id and c.source_id = o.id;
  end if;

  -- Time that a blackout had left to them falls to it now.
  v_blackouts := array(
    select b
      from (select o.tenant_id, o.resource_id, pg_catalog.min(booking.add_elapsed(o.starts_at, -o.buffer_before)) as starts_at,
                   pg_catalog.max(booking.add_elapsed(o.ends_at, o.buffer_after)) as ends_at
              from old_rows o
             group by o.tenant_id, o.resource_id) o
      join booking.blackouts b on b.tenant_id = o.tenant_id and b.resource_id = o.resource_id
       and b.starts_at < o.ends_at and b.ends_at > o.starts_at and b.lifted_at is null);
  if v_blackouts <> '{}' then
    perform booking.fill_blackouts(v_blackouts);
  end if;
  if v_withheld then
    perform booking.offer_withheld(v_withheld);
  end if;
  return null;
end
$$;

comment on function booking.write_claims() is
  'Trigger: a reservation that is there keeps claims exactly while its status blocks, and they expire when it does; '
  'enter_reservation() takes the first. Refuses with 409 slot_taken or blackout, and with it the whole statement, if '
  'one cannot be had.';

create trigger _500_write_claims_on_update
  after update on booking.reservations
  referencing old table as old_rows new table as new_rows
  for each statement execute function booking.write_claims();

create trigger _500_write_claims_on_delete
  after delete on booking.reservations
  referencing old table as old_rows
  for each statement execute function booking.write_claims();

commit;
