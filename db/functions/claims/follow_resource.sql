begin;
set local role berth_owner;

create function booking.follow_resource() returns trigger
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_reservation booking.reservations;
  v_refused uuid[] := '{}';
  v_withheld boolean := booking.withhold_offers(); -- until all that stays has found its unit
begin
  -- Those too that have not blocked so far, and would from now on.
  perform booking.change_status(new.tenant_id, array(
    select r.id
      from booking.reservations r
     where r.tenant_id = new.tenant_id and r.resource_id = new.id and r.expires_at <= booking.now()), 'expired', null, null);
  -- A request that takes no time yet gives up the unit it asked for, where that is gone: any other will do.
  update booking.reservations r
     set unit = null
   where r.tenant_id = new.tenant_id and r.resource_id = new.id and r.unit > new.capacity
     and r.status = any (booking.live_statuses()) and r.status <> all (new.blocking_statuses);
  -- Released: what no longer blocks, whoever must find another unit, and blackouts, which take afterwards what is left.
  delete from booking.claims c
   where c.tenant_id = new.tenant_id and c.resource_id = new.id
     and (c.claimant <> c.source_id
          or c.source_id in (select r.id from booking.reservations r
                              where r.tenant_id = new.tenant_id and r.resource_id = new.id and r.status <> all (new.blocking_statuses))
          or c.source_id in (select d.source_id from booking.claims d
                              where d.tenant_id = new.tenant_id and d.resource_id = new.id and d.unit > new.capacity));
  for v_reservation in
    select r.*
      from booking.reservations r
     where r.tenant_id = new.tenant_id and r.resource_id = new.id and r.status = any (new.blocking_statuses)
       and not exists (select from booking.claims c where c.tenant_id = r.tenant_id and c.source_id = r.id)
     order by r.starts_at, r.id
  loop
    if (v_reservation.status <> all (old.blocking_statuses)
        and exists (select from booking.blackouts b
                     where b.tenant_id = new.tenant_id and b.resource_id = new.id and b.lifted_at is null
                       and pg_catalog.tstzrange(b.starts_at, b.ends_at) && booking.taken_range(
                            v_reservation.starts_at, v_reservation.ends_at, v_reservation.buffer_before, v_reservation.buffer_after)))
       or not booking.place_claims(v_reservation, new) then
      v_refused := v_refused || v_reservation.id;
    end if;
  end loop;
  if v_refused <> '{}' then
    perform booking.raise_error(409, 'capacity_in_use',
      'Reservations stand against it at those times; move or cancel them first.',
      pg_catalog.jsonb_build_object('resource_id', new.id, 'conflicts', booking.list_overlaps(new, v_refused)));
  end if;
  perform booking.fill_blackouts(array(
    select b
      from booking.blackouts b
     where b.tenant_id = new.tenant_id and b.resource_id = new.id and b.lifted_at is null));
  perform booking.offer_withheld(v_withheld);
  return null;
end
$$;

comment on function booking.follow_resource() is
  'Trigger: claims follow a resource''s capacity and blocking statuses; whoever must, moves to another unit; a request '
  'pinned to a unit that has gone, which takes no time yet, is pinned no longer. Where they do not all fit, the change '
  'is refused: 409 capacity_in_use, '
  'with the reservations that overlap, and when, in details.conflicts.';

create trigger _500_follow_resource
  after update of capacity, blocking_statuses on booking.resources
  for each row when (new.capacity <> old.capacity or new.blocking_statuses <> old.blocking_statuses)
  execute function booking.follow_resource();

commit;
