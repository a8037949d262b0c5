begin;
set local role berth_owner;

create function booking.open_resource(
  tenant_id uuid,
  resource_id uuid,
  starts_at timestamptz,
  ends_at timestamptz,
  units integer,
  override boolean default false
) returns booking.resources
language plpgsql stable
set search_path = ''
as $$
declare
  v_resource booking.resources;
begin
  select s.* into v_resource
    from booking.resources s
   where s.tenant_id = open_resource.tenant_id and s.id = open_resource.resource_id;
  if booking.check_time_range(starts_at, ends_at)
     and units between 1 and v_resource.capacity
     and (override or (v_resource.is_active and ends_at > booking.now())) then
    return v_resource;
  end if;

  if v_resource.id is null then
    perform booking.raise_error(404, 'not_found', 'There is no such resource.',
      pg_catalog.jsonb_build_object('resource_id', resource_id));
  elsif units is null or units < 1 then
    perform booking.raise_error(400, 'invalid_argument', 'units is 1 or more.', '{"argument": "units"}');
  elsif units > v_resource.capacity then
    perform booking.raise_error(422, 'too_many_units',
      pg_catalog.format('%s has %s units; ask for no more.', v_resource.name, v_resource.capacity),
      pg_catalog.jsonb_build_object('limit', v_resource.capacity, 'units', units));
  elsif not v_resource.is_active then
    perform booking.raise_error(422, 'resource_inactive',
      pg_catalog.format('%s takes no reservations at present; choose another resource.', v_resource.name),
      pg_catalog.jsonb_build_object('resource_id', v_resource.id));
  end if;
  perform booking.raise_error(422, 'too_soon',
    'That time has passed; choose a later one. Managers may enter it with override and a reason.',
    pg_catalog.jsonb_build_object('ends_at', ends_at, 'now', booking.now()));
end
$$;

comment on function booking.open_resource(uuid, uuid, timestamptz, timestamptz, integer, boolean) is
  'The resource, if its rules allow that many units of it at that time; the check and every write ask here. '
  '404 not_found; 400 invalid_time_range (null, empty, reversed, or outside RFC 3339''s years 1 to 9999), invalid_argument; 422 too_many_units; '
  'and unless overridden 422 resource_inactive, too_soon (already over).';

commit;
