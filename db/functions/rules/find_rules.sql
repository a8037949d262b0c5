begin;
set local role berth_owner;

create function booking.find_rules(resource booking.resources) returns booking.booking_rules
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return (select r.rules from booking.resolved_rules r where r.tenant_id = resource.tenant_id and r.resource_id = resource.id);
end
$$;

comment on function booking.find_rules(booking.resources) is
  'The rules a resource goes by: see resolved_rules.';
grant execute on function booking.find_rules(booking.resources) to authenticated, service_role;

commit;
