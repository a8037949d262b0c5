begin;
set local role berth_owner;

insert into booking.rule_definitions (rule, ordinal, refuses, is_met)
values ('min_duration', 40, 'too_short', '(a.wanted).ends_at - (a.wanted).starts_at >= (a.rules).min_duration');

create function booking.check_min_duration(a booking.assessment) returns jsonb
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return pg_catalog.jsonb_build_object(
    'code', 'too_short', 'limit', (a.rules).min_duration, 'duration', (a.wanted).ends_at - (a.wanted).starts_at,
    'hint', pg_catalog.format('It is for %s at least.', (a.rules).min_duration));
end
$$;

comment on function booking.check_min_duration(booking.assessment) is
  'The violation of the rule min_duration: {"code": "too_short", …}, where it is not met.';

create function booking.narrow_min_duration(n booking.narrowing) returns tstzmultirange
language plpgsql immutable
set search_path = pg_catalog, pg_temp
as $$
begin
  return case when n.duration >= (n.rules).min_duration then n.starts else '{}' end;
end
$$;

comment on function booking.narrow_min_duration(booking.narrowing) is
  'All starts, or none for what is shorter.';

commit;
