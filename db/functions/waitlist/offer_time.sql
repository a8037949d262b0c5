begin;
set local role berth_owner;

create function booking.offer_time(resource booking.resources, freed tstzmultirange) returns void
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_rules booking.booking_rules := booking.find_rules(resource);
begin
  if booking.find_waiting(resource, v_rules, pg_catalog.range_merge(freed), 1) <> '{}' then
    insert into booking.waitlist_scans (tenant_id, resource_id, freed)
    values (resource.tenant_id, resource.id, freed);
    perform booking.offer_next(resource);
  end if;
end
$$;

comment on function booking.offer_time(booking.resources, tstzmultirange) is
  'Offers time of a resource that became free to those who wait for it, as offer_next() does. The caller holds the '
  'lock of the resource.';

commit;
