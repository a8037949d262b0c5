begin;
set local role berth_owner;

create function booking.awaited_starts(
  tenant_id uuid,
  resource_id uuid,
  buffer_before interval,
  buffer_after interval,
  duration interval
) returns tstzmultirange
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_resource booking.resources := booking.find_resource(tenant_id, resource_id);
begin
  return coalesce((
    select pg_catalog.range_agg(pg_catalog.tstzrange(
             pg_catalog.lower(w) - buffer_before - buffer_after - duration, pg_catalog.upper(w) + buffer_after + buffer_before, '()'))
      from booking.find_awaited(v_resource, booking.find_rules(v_resource), 0) w), '{}');
end
$$;

comment on function booking.awaited_starts(uuid, uuid, interval, interval, interval) is
  'The starts of whatever would overlap, with both sides'' buffers, what find_awaited() says goes to somebody else.';

commit;
