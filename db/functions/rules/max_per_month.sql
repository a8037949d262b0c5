begin;
set local role berth_owner;

insert into booking.rule_definitions (rule, ordinal, refuses, is_counted)
values ('max_per_month', 83, 'quota_exceeded', true);

create function booking.check_max_per_month(a booking.assessment) returns jsonb
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return booking.check_quota(a, 'max_per_month', 'month', (a.rules).max_per_month);
end
$$;

comment on function booking.check_max_per_month(booking.assessment) is
  'What the rule max_per_month (reservations that begin in one month) has against it: [{"code": "quota_exceeded", …}].';

create function booking.narrow_max_per_month(n booking.narrowing) returns tstzmultirange
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return booking.narrow_by_quota(n, 'max_per_month', 'month', (n.rules).max_per_month);
end
$$;

comment on function booking.narrow_max_per_month(booking.narrowing) is
  'The starts at which the member has not used up the rule max_per_month.';

commit;
