begin;
set local role berth_owner;

create function booking.find_waiting(
  resource booking.resources,
  rules booking.booking_rules,
  during tstzrange,
  most integer
) returns uuid[]
language plpgsql stable
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan -- which index is short depends on the time
as $$
declare
  -- What somebody wants may touch it with its buffers alone.
  v_from timestamptz := booking.add_elapsed(pg_catalog.lower(during), -rules.buffer_after);
  v_day_before timestamptz := booking.add_elapsed(v_from, '-24:00');
  v_until timestamptz := booking.add_elapsed(pg_catalog.upper(during), rules.buffer_before);
begin
  return array(
    select w.id
      from booking.waitlist_entries w
     where w.tenant_id = resource.tenant_id and w.resource_id = resource.id and w.status = 'waiting'
       and w.starts_at < coalesce(v_until, 'infinity') and w.ends_at > coalesce(v_from, '-infinity')
       and w.starts_at > coalesce(v_day_before, '-infinity')
    union all
    select w.id
      from booking.waitlist_entries w
     where w.tenant_id = resource.tenant_id and w.resource_id = resource.id and w.status = 'waiting'
       and w.ends_at > v_from
       and w.starts_at <= v_day_before and w.ends_at - w.starts_at > interval '24:00'
     limit most);
end
$$;

comment on function booking.find_waiting(booking.resources, booking.booking_rules, tstzrange, integer) is
  'Entries of the waitlist, in no order, that want some of that time of a resource; no more than most.';

commit;
