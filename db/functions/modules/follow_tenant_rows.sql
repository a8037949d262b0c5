begin;
set local role berth_owner;

create function booking.follow_tenant_rows(
  module booking.modules,
  tenant_id uuid,
  old_rows booking.module_row[],
  new_rows booking.module_row[]
) returns void
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_before jsonb;
  v_ids text[] := array(
    select o.id from pg_catalog.unnest(old_rows) o
     union
    select n.id from pg_catalog.unnest(new_rows) n);
  v_locked uuid[] := array(
    select n.resource_id from pg_catalog.unnest(new_rows) n where n.is_live
     union
    select r.resource_id from booking.find_module_reservations(module, tenant_id, v_ids) r);
  v_live booking.reservations[];
  v_new booking.module_row;
  v_reservation booking.reservations;
  v_draft booking.reservations;
  v_request booking.request;
  a booking.assessment;
  v_resource booking.resources;
  v_released booking.reservations[] := '{}';
  v_moved booking.reservations[] := '{}';
  v_drafts booking.reservations[] := '{}';
  v_settled text[] := '{}';
  v_withheld boolean;
  v_reason text;
  v_row record;
begin
  v_request.tenant_id := tenant_id;
  -- Resources first, in one order: those wanted, and those that the reservations have.
  perform booking.lock_resources(tenant_id, v_locked);
  v_live := array(select r from booking.find_module_reservations(module, tenant_id, v_ids) r);
  if exists (select from pg_catalog.unnest(v_live) r where r.resource_id <> all (v_locked)) then
    -- To lock that resource now could deadlock.
    perform booking.raise_error(409, 'version_conflict', 'Somebody has just moved it to another resource; ask again.');
  end if;

  for v_row in
    select n as new_row, r as reservation, o.id is null as is_new, n.id is null as is_gone,
           n.is_live is true as is_live,
           -- What it asks for now and did not before.
           n.is_live and (o.is_live is not true or (n.resource_id, n.starts_at, n.ends_at) is distinct from (o.resource_id, o.starts_at, o.ends_at)) as is_asking,
           n.title is distinct from o.title as is_renamed
      from pg_catalog.unnest(new_rows) n
      full join pg_catalog.unnest(old_rows) o on o.id = n.id
      left join pg_catalog.unnest(v_live) r on r.source_id = coalesce(n.id, o.id)
     order by n.resource_id, n.starts_at, n.id
  loop
    v_reservation := v_row.reservation;
    v_new := v_row.new_row;
    v_reason := case when v_row.is_gone then 'deleted in %s' when not v_row.is_live then 'cancelled in %s' end;
    if v_row.is_asking then
      if (v_new.resource_id, v_new.starts_at, v_new.ends_at)
         is distinct from (v_reservation.resource_id, v_reservation.starts_at, v_reservation.ends_at) then
        -- A row of old times that has no reservation any more may be corrected.
        continue when v_reservation.id is null and not v_row.is_new and v_new.ends_at <= booking.now();
        -- Modules answer for who may ask and what it costs; the rules bind them too.
        a := booking.begin_assessment(v_request, v_new.resource_id);
        v_resource := a.resource;
        perform booking.check_time_range(v_new.starts_at, v_new.ends_at);
        a.wanted.resource_id := v_new.resource_id;
        a.wanted.starts_at := v_new.starts_at;
        a.wanted.ends_at := v_new.ends_at;
        a.wanted.units := coalesce(v_reservation.units, 1);
        perform booking.refuse_violations(booking.list_violations(a));
        -- What somebody approved is not moved past them, nor anything to where they would have to approve it.
        if v_reservation.id is null or (v_reservation.status = 'confirmed' and v_resource.requires_approval) then
          v_draft.status := case when v_resource.requires_approval then 'pending' else 'confirmed' end;
          v_draft.resource_id := v_new.resource_id;
          v_draft.starts_at := v_new.starts_at;
          v_draft.ends_at := v_new.ends_at;
          v_draft.units := coalesce(v_reservation.units, 1);
          v_draft.title := pg_catalog.left(coalesce(v_new.title, ''), 500);
          v_draft.source_id := v_new.id;
          v_drafts := v_drafts || v_draft;
          v_reason := 'moved in %s';
        end if;
      end if;
      v_settled := v_settled || v_new.id;
    end if;

    continue when v_reservation.id is null;
    if v_reason is not null then
      v_reservation.status := case v_reservation.status when 'checked_in' then 'completed' else 'cancelled' end;
      v_reservation.status_reason := coalesce(nullif(pg_catalog.current_setting('booking.reason', true), ''), pg_catalog.format(v_reason, module.module));
      v_released := v_released || v_reservation;
      continue;
    end if;
    if v_row.is_asking then
      v_reservation.unit := case when v_reservation.resource_id = v_new.resource_id then v_reservation.unit end;
      v_reservation.resource_id := v_new.resource_id;
      v_reservation.starts_at := v_new.starts_at;
      v_reservation.ends_at := v_new.ends_at;
    end if;
    if v_row.is_renamed and module.columns ? 'title' then
      v_reservation.title := pg_catalog.left(coalesce(v_new.title, ''), 500);
    end if;
    if v_reservation is distinct from v_row.reservation then
      v_moved := v_moved || v_reservation;
    end if;
  end loop;

  if v_moved <> '{}' or v_drafts <> '{}' then
    -- What has expired is theirs who wait for it.
    for v_resource in
      select s.* from booking.resources s where s.tenant_id = follow_tenant_rows.tenant_id and s.id = any (v_locked) order by s.id
    loop
      perform booking.expire_holds(v_resource);
    end loop;
  end if;
  -- All that is given back first, then what moves, together, then what is new; what is left of it then is offered.
  v_withheld := booking.withhold_offers();
  v_before := booking.swap_settings(pg_catalog.jsonb_build_object('following', module.module));
  for v_row in
    select r.status, r.status_reason, pg_catalog.array_agg(r.id) as ids
      from pg_catalog.unnest(v_released) r
     group by r.status, r.status_reason
  loop
    perform booking.change_status(tenant_id, v_row.ids, v_row.status, v_row.status_reason,
                                  nullif(pg_catalog.current_setting('booking.user_id', true), '')::uuid);
  end loop;
  update booking.reservations r
     set resource_id = m.resource_id, starts_at = m.starts_at, ends_at = m.ends_at, unit = m.unit, title = m.title
    from pg_catalog.unnest(v_moved) m
   where r.tenant_id = follow_tenant_rows.tenant_id and r.id = m.id;
  insert into booking.reservations (tenant_id, resource_id, status, starts_at, ends_at, units, title, source_module, source_id)
  select follow_tenant_rows.tenant_id, d.resource_id, d.status, d.starts_at, d.ends_at, d.units, d.title, module.module, d.source_id
    from pg_catalog.unnest(v_drafts) d;
  perform booking.offer_withheld(v_withheld);
  perform booking.swap_settings(v_before);

  if v_settled <> '{}' then
    perform booking.flag_module_rows(module, tenant_id, v_settled, null);
  end if;
end
$$;

comment on function booking.follow_tenant_rows(booking.modules, uuid, booking.module_row[], booking.module_row[]) is
  'Makes the reservations of a tenant follow what changed in a module''s table: a row that wants time gets it or keeps '
  'up with it, one that no longer does gives it back. '
  'The flags of those that got what they ask for are cleared. The refusals are those of booking: 400, 404, 409 '
  'slot_taken or blackout, 422.';

commit;
