begin;
set local role berth_owner;

create function booking.raises_quota(
  a booking.assessment,
  rule text,
  starts_at timestamptz,
  ends_at timestamptz
) returns boolean
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
  -- What is new raises it; this is asked only where a limit is exceeded.
  return coalesce(a.replaced, '{}') = '{}' or (
    select case rule when 'max_hours_per_week'
                then pg_catalog.sum(c.change * pg_catalog.extract('epoch', greatest(
                       least(c.ends_at, raises_quota.ends_at) - greatest(c.starts_at, raises_quota.starts_at), interval '0')))
                else pg_catalog.sum(c.change) filter (
                       where c.starts_at >= raises_quota.starts_at and c.starts_at < raises_quota.ends_at) end > 0
      from booking.count_changes(a, rule, pg_catalog.tstzrange(raises_quota.starts_at, raises_quota.ends_at)) c);
end
$$;

comment on function booking.raises_quota(booking.assessment, text, timestamptz, timestamptz) is
  'Whether a request gives its owner more than before of what a rule counts in a period. Whoever is above a quota, '
  'since '
  'it was lowered or overridden, may still shorten what they have, or move it within the period.';

commit;
