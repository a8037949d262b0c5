begin;
set local role berth_owner;

insert into booking.rule_definitions (rule, ordinal, refuses, is_counted)
values ('max_hours_per_week', 81, 'quota_exceeded', true);

create function booking.check_max_hours_per_week(a booking.assessment) returns jsonb
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return booking.check_quota(a, 'max_hours_per_week', 'week', (a.rules).max_hours_per_week);
end
$$;

comment on function booking.check_max_hours_per_week(booking.assessment) is
  'What the rule max_hours_per_week (hours in one week) has against it: [{"code": "quota_exceeded", …}].';

create function booking.narrow_max_hours_per_week(n booking.narrowing) returns tstzmultirange
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return booking.narrow_by_quota(n, 'max_hours_per_week', 'week', (n.rules).max_hours_per_week);
end
$$;

comment on function booking.narrow_max_hours_per_week(booking.narrowing) is
  'The starts at which the member has not used up the rule max_hours_per_week.';

commit;
