begin;
set local role berth_owner;

create function booking.sweep(batch_size integer default 100) returns table (event_type text, changes bigint)
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  -- Resource and reservation are locked only where nobody else has them: sweeps never wait, so any number may run.
  v_due booking.due_reservations[] := array(
    select d
      from booking.due_reservations d
     limit batch_size
       for no key update skip locked);
  v_one booking.due_reservations;
  v_resource booking.resources;
  v_offers bigint := 0;
  v_goes_on boolean := false;
begin
  begin
    return query select m.* from booking.make_due_changes(v_due) m;
  exception
    when others then
      -- Whatever fails, a module's trigger perhaps, holds up nobody else: each on its own.
      foreach v_one in array v_due loop
        begin
          return query select m.* from booking.make_due_changes(array[v_one]) m;
        exception
          when others then
            raise warning 'reservation % of tenant % cannot become %: %', v_one.id, v_one.tenant_id, v_one.to_status, sqlerrm;
        end;
      end loop;
  end;

  -- Those who wait and have not been looked at yet, since too many came before them.
  delete from booking.waitlist_scans c
   where not exists (select from booking.resources s where s.tenant_id = c.tenant_id and s.id = c.resource_id);
  for v_resource in
    select s.*
      from booking.resources s
     where (s.tenant_id, s.id) in (select c.tenant_id, c.resource_id from booking.waitlist_scans c order by c.created_at limit batch_size)
       for no key update of s skip locked
  loop
    begin
      v_offers := v_offers + (select o.offers from booking.offer_in_turn(v_resource, 400) o);
      v_goes_on := true;
    exception
      when others then
        raise warning 'resource % of tenant % cannot be offered to those who wait: %', v_resource.id, v_resource.tenant_id, sqlerrm;
    end;
  end loop;
  if v_goes_on then
    event_type := 'waitlist.offered';
    changes := v_offers;
    return next;
  end if;

  return query
  with late as materialized (
    select w.tenant_id, w.id
      from booking.waitlist_entries w
     where w.status = 'waiting' and w.expires_at <= booking.now()
     limit batch_size
       for no key update skip locked
  ), given_up as (
    update booking.waitlist_entries w
       set status = 'expired'
      from late l
     where w.tenant_id = l.tenant_id and w.id = l.id
    returning w.id
  )
  select 'waitlist.expired', pg_catalog.count(*)
    from given_up
  having pg_catalog.count(*) > 0;

  return query
  with stale as materialized (
    select r.*
      from booking.reservations r
      join booking.resources s on s.tenant_id = r.tenant_id and s.id = r.resource_id
     where r.status = 'pending'
       and booking.stale_at(r, s) <= booking.now()
       and not exists (select from booking.events e
                        where e.tenant_id = r.tenant_id and e.reservation_id = r.id
                          and e.type = 'approval.stale')
       -- What was told may be kept no longer.
       and not exists (select from booking.tenants t where t.id = r.tenant_id and booking.stale_at(r, s) < t.events_kept_since)
     limit batch_size
       for no key update of r skip locked
  ), told as (
    insert into booking.events (tenant_id, type, resource_id, reservation_id, owner_id, subject)
    select r.tenant_id, 'approval.stale', r.resource_id, r.id, r.owner_id, pg_catalog.to_jsonb(r) || '{"notes": null}'
      from stale r
        on conflict (tenant_id, reservation_id) where type = 'approval.stale' do nothing -- another sweep has just told it
    returning type
  )
  select t.type, pg_catalog.count(*)
    from told t
   group by t.type;
end
$$;

comment on function booking.sweep(integer) is
  'Does what time has made due, at most batch_size of a kind: expires, completes, marks no-shows, goes on offering '
  'what was freed, ends the wait of those for whom it is too late, and tells of approvals that have waited too long. '
  'Returns how many of each; no row: nothing was left to do. Of waitlist.offered zero says that it has looked at some '
  'who wait, in vain. '
  'For a role that sees every tenant: berth worker, or pg_cron, calls it again and again. Any number may run at once; '
  'what one does not finish the next one does.';
grant execute on function booking.sweep(integer) to berth_worker;

commit;
