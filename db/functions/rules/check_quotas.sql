begin;
set local role berth_owner;

create function booking.check_quotas(
  resource booking.resources,
  rules booking.booking_rules,
  owner_id uuid,
  starts_at timestamptz,
  ends_at timestamptz,
  exclude_ids uuid[],
  in_turn boolean default true
) returns boolean
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_violations jsonb;
begin
  if owner_id is null or coalesce(rules.max_per_day, rules.max_per_week, rules.max_hours_per_week) is null then
    return true;
  end if;
  if in_turn then
    -- One of their bookings after the other; and last of all locks, so that nobody who holds it waits for anything.
    perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('quota' || resource.tenant_id || owner_id, 0));
  end if;
  v_violations := booking.list_exceeded_quotas(resource, owner_id, starts_at, ends_at, exclude_ids);
  if v_violations <> '[]' then
    perform booking.refuse_violations(v_violations);
  end if;
  return true;
end
$$;

comment on function booking.check_quotas(booking.resources, booking.booking_rules, uuid, timestamptz, timestamptz, uuid[], boolean) is
  'True if the quotas of its owner allow a reservation besides all others of theirs but the excluded; else 422 quota_exceeded. A write asks after it has written, in turn with whatever else they book.';

commit;
