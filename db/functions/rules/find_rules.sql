begin;
set local role berth_owner;

create function booking.find_rules(resource booking.resources) returns booking.booking_rules
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_rules booking.booking_rules := row(
    resource.tenant_id, null, resource.kind, resource.id,
    null, null, null, null, null, '0', '0', null, null, null, 1000, null, '30 minutes', '48 hours', '24 hours', '48 hours', '2 hours', null, null, null, '30 days', false, 0, null, 1, '1 hour', null, 20, 500)::booking.booking_rules;
  v_more booking.booking_rules;
begin
  -- The general first, each more specific row over it. (Of an array, since a loop over a query opens a cursor.)
  foreach v_more in array array(
    select r
      from booking.booking_rules r
     where r.tenant_id = resource.tenant_id
       and (r.resource_id = resource.id or (r.resource_id is null and coalesce(r.kind, resource.kind) = resource.kind))
     order by r.resource_id nulls first, r.kind nulls first)
  loop
    v_rules := row(
      resource.tenant_id, null, resource.kind, resource.id,
      coalesce(v_more.min_duration, v_rules.min_duration),
      coalesce(v_more.max_duration, v_rules.max_duration),
      coalesce(v_more.slot_step, v_rules.slot_step),
      coalesce(v_more.min_notice, v_rules.min_notice),
      coalesce(v_more.max_advance, v_rules.max_advance),
      coalesce(v_more.buffer_before, v_rules.buffer_before),
      coalesce(v_more.buffer_after, v_rules.buffer_after),
      coalesce(v_more.max_per_day, v_rules.max_per_day),
      coalesce(v_more.max_per_week, v_rules.max_per_week),
      coalesce(v_more.max_hours_per_week, v_rules.max_hours_per_week),
      coalesce(v_more.max_occurrences, v_rules.max_occurrences),
      coalesce(v_more.cancel_cutoff, v_rules.cancel_cutoff),
      coalesce(v_more.hold_ttl, v_rules.hold_ttl),
      coalesce(v_more.pencil_ttl, v_rules.pencil_ttl),
      coalesce(v_more.min_pencil_ttl, v_rules.min_pencil_ttl),
      coalesce(v_more.max_pencil_ttl, v_rules.max_pencil_ttl),
      coalesce(v_more.offer_ttl, v_rules.offer_ttl),
      coalesce(v_more.check_in_opens, v_rules.check_in_opens),
      coalesce(v_more.no_show_grace, v_rules.no_show_grace),
      coalesce(v_more.max_no_shows, v_rules.max_no_shows),
      coalesce(v_more.no_show_window, v_rules.no_show_window),
      coalesce(v_more.allow_preemption, v_rules.allow_preemption),
      coalesce(v_more.max_priority, v_rules.max_priority),
      coalesce(v_more.approval_stale_after, v_rules.approval_stale_after),
      coalesce(v_more.near_capacity_ratio, v_rules.near_capacity_ratio),
      coalesce(v_more.near_blackout_window, v_rules.near_blackout_window),
      coalesce(v_more.max_hold, v_rules.max_hold),
      coalesce(v_more.max_waits, v_rules.max_waits),
      coalesce(v_more.max_tentative, v_rules.max_tentative))::booking.booking_rules;
  end loop;
  return v_rules;
end
$$;

comment on function booking.find_rules(booking.resources) is
  'The rules a resource goes by: column by column from itself, its kind or the tenant, whichever first sets one, or else the default.';
grant execute on function booking.find_rules(booking.resources) to authenticated, service_role;

commit;
