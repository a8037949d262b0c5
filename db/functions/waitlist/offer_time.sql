begin;
set local role berth_owner;

create function booking.offer_time(resource booking.resources, freed tstzmultirange) returns void
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_rules booking.booking_rules := booking.find_rules(resource);
  v_hull tstzrange := pg_catalog.range_merge(freed);
begin
  -- What somebody wants may touch it with its buffers alone.
  if exists (select from booking.waitlist_entries w
              where w.tenant_id = resource.tenant_id and w.resource_id = resource.id and w.status = 'waiting'
                and w.starts_at < coalesce(booking.add_elapsed(pg_catalog.upper(v_hull), v_rules.buffer_before), 'infinity')
                and w.ends_at > coalesce(booking.add_elapsed(pg_catalog.lower(v_hull), -v_rules.buffer_after), '-infinity')) then
    insert into booking.waitlist_scans (tenant_id, resource_id, freed)
    values (resource.tenant_id, resource.id, freed);
    perform booking.offer_next(resource);
  end if;
end
$$;

comment on function booking.offer_time(booking.resources, tstzmultirange) is
  'Offers time of a resource that became free to those who wait for it, as offer_next() does. The caller holds the lock of the resource.';

commit;
