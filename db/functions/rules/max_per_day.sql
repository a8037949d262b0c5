begin;
set local role berth_owner;

insert into booking.rule_definitions (rule, ordinal, refuses, is_counted)
values ('max_per_day', 82, 'quota_exceeded', true);

create function booking.check_max_per_day(a booking.assessment) returns jsonb
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return booking.check_quota(a, 'max_per_day', 'day', (a.rules).max_per_day);
end
$$;

comment on function booking.check_max_per_day(booking.assessment) is
  'What the rule max_per_day (reservations that begin on one day) has against it: [{"code": "quota_exceeded", …}].';

create function booking.narrow_max_per_day(n booking.narrowing) returns tstzmultirange
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return booking.narrow_by_quota(n, 'max_per_day', 'day', (n.rules).max_per_day);
end
$$;

comment on function booking.narrow_max_per_day(booking.narrowing) is
  'The starts at which the member has not used up the rule max_per_day.';

commit;
