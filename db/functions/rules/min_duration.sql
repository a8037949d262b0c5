begin;
set local role berth_owner;

insert into booking.rule_definitions (rule, ordinal, refuses, is_met)
values ('min_duration', 40, 'too_short', $$
  case when (a.rules).min_duration < interval '24:00' then (a.wanted).ends_at - (a.wanted).starts_at >= (a.rules).min_duration
       -- Days are those of the calendar, of 23 or 25 hours, too.
       else (a.wanted).ends_at >= booking.span_end((a.wanted).starts_at, (a.rules).min_duration, (a.resource).timezone) end $$);

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
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return booking.narrow_by_length(n, (n.rules).min_duration, true);
end
$$;

comment on function booking.narrow_min_duration(booking.narrowing) is
  'The starts from which it is not shorter: all or none, unless the rule counts days.';

commit;
