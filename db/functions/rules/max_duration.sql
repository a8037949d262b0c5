begin;
set local role berth_owner;

insert into booking.rule_definitions (rule, ordinal, refuses, is_met)
values ('max_duration', 41, 'too_long', '(a.wanted).ends_at - (a.wanted).starts_at <= (a.rules).max_duration');

create function booking.check_max_duration(a booking.assessment) returns jsonb
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return pg_catalog.jsonb_build_object(
    'code', 'too_long', 'limit', (a.rules).max_duration, 'duration', (a.wanted).ends_at - (a.wanted).starts_at,
    'hint', pg_catalog.format('It is for %s at most.', (a.rules).max_duration));
end
$$;

comment on function booking.check_max_duration(booking.assessment) is
  'The violation of the rule max_duration: {"code": "too_long", …}, where it is not met.';

create function booking.narrow_max_duration(n booking.narrowing) returns tstzmultirange
language plpgsql immutable
set search_path = pg_catalog, pg_temp
as $$
begin
  return case when n.duration <= (n.rules).max_duration then n.starts else '{}' end;
end
$$;

comment on function booking.narrow_max_duration(booking.narrowing) is
  'All starts, or none for what is longer.';

commit;
