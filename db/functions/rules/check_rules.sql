begin;
set local role berth_owner;

create function booking.check_rules(
  resource booking.resources,
  rules booking.booking_rules,
  starts_at timestamptz,
  ends_at timestamptz,
  units integer,
  override boolean,
  member_id uuid default null,
  owner_id uuid default null,
  exclude_ids uuid[] default '{}'
) returns boolean
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_now timestamptz := booking.now();
  v_suspension jsonb;
  v_violations jsonb;
begin
  -- The usual case first, in one expression: it is on the way of every booking.
  if booking.check_time_range(starts_at, ends_at)
     and units between 1 and resource.capacity
     and (override
          or (resource.is_active and ends_at > v_now
              and (rules.min_notice is null or starts_at >= booking.add_elapsed(v_now, rules.min_notice))
              and (rules.max_advance is null or starts_at <= booking.add_elapsed(v_now, rules.max_advance))
              and (rules.min_duration is null or ends_at - starts_at >= rules.min_duration)
              and (rules.max_duration is null or ends_at - starts_at <= rules.max_duration)
              and (rules.slot_step is null or (booking.is_on_grid(starts_at, rules.slot_step, resource.timezone) and booking.is_on_grid(ends_at, rules.slot_step, resource.timezone)))
              and (member_id is null or rules.max_no_shows is null
                   or booking.find_suspension(resource.tenant_id, member_id, rules, resource.timezone) is null)
              and (rules.tenant_id is null or booking.is_open(resource, starts_at, ends_at)))) then
    return true;
  elsif units is null or units < 1 then
    perform booking.raise_error(400, 'invalid_argument', 'units is 1 or more.', '{"argument": "units"}');
  end if;

  v_violations := booking.list_violations(resource, rules, starts_at, ends_at, units, v_now);
  if override then
    -- No more units than there are, whoever asks.
    v_violations := pg_catalog.jsonb_path_query_array(v_violations, '$[*] ? (@.code == "too_many_units")');
  elsif member_id is not null then
    v_suspension := booking.find_suspension(resource.tenant_id, member_id, rules, resource.timezone);
    v_violations := v_violations || case when v_suspension is null then '[]' else pg_catalog.jsonb_build_array(v_suspension) end;
  end if;
  if v_violations <> '[]' then
    if owner_id is not null and override is not true then
      v_violations := v_violations || booking.list_exceeded_quotas(resource, owner_id, starts_at, ends_at, exclude_ids);
    end if;
    perform booking.refuse_violations(v_violations);
  end if;
  return true;
end
$$;

comment on function booking.check_rules(booking.resources, booking.booking_rules, timestamptz, timestamptz, integer, boolean, uuid, uuid, uuid[]) is
  'True if the rules allow that many units of a resource at that time; the check and every write ask here. member_id is who must be in good standing, owner_id whose quotas are told of, if it is refused anyway: check_quotas() sees to them. '
  'rules null: those that it met when it was made are not asked again. '
  '400 invalid_time_range (null, empty, reversed, or outside RFC 3339''s years 1 to 9999), invalid_argument; 422 with every violation in details.violations: '
  'resource_inactive, too_many_units, too_soon, too_far_ahead, too_short, too_long, off_grid, outside_opening_hours, suspended. Overridden, too_many_units alone.';

commit;
