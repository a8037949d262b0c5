begin;
set local role berth_owner;

create function booking.check_slot(
  resource booking.resources,
  draft booking.reservations,
  exclude_ids uuid[],
  priority integer
) returns void
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_during tstzrange := booking.taken_range(draft.starts_at, draft.ends_at, draft.buffer_before, draft.buffer_after);
  v_own tstzrange := 'empty'::tstzrange;
begin
  -- On its way a write clears what has expired, and those who wait are offered it first: so it is done here, and
  -- undone.
  if exists (select from booking.waitlist_entries w
              where w.tenant_id = resource.tenant_id and w.resource_id = resource.id and w.status = 'waiting')
     and exists (select from booking.reservations r
                   join booking.claims c on c.tenant_id = r.tenant_id and c.source_id = r.id
                  where r.tenant_id = resource.tenant_id and r.resource_id = resource.id and r.expires_at <= booking.now())
     and (exclude_ids <> '{}' or booking.may_give_way(resource, v_during, priority)) then
    begin
      perform booking.lock_resources(resource.tenant_id, array[resource.id]);
      perform booking.expire_holds(resource);
      perform booking.check_slot(resource, draft, exclude_ids, priority);
      raise exception using errcode = 'BE002';
    exception
      when sqlstate 'BE002' then return;
    end;
  end if;
  -- Of a blackout that was told to keep it, a reservation may move within its own time.
  if exclude_ids <> '{}' then
    v_own := coalesce(
      (select pg_catalog.range_merge(pg_catalog.range_agg(c.during))
         from booking.tenant_claims c
        where c.tenant_id = resource.tenant_id and c.resource_id = resource.id and c.source_id = any (exclude_ids) and c.during && v_during),
      'empty');
  end if;
  perform booking.refuse_blackout(resource, draft, exclude_ids, v_own);
  if booking.plan_units(resource, v_during, draft.units, draft.unit,
       exclude_ids || booking.find_yielding(resource, v_during, priority, exclude_ids)) is null then
    perform booking.refuse_slot(resource, draft, exclude_ids);
  end if;
end
$$;

comment on function booking.check_slot(booking.resources, booking.reservations, uuid[], integer) is
  'Refuses time that a request could not have: 409 blackout, slot_taken. What is excluded is on its way elsewhere. '
  'Leaves everything as it was.';

commit;
