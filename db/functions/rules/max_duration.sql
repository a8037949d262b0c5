begin;
set local role berth_owner;

insert into booking.rule_definitions (rule, ordinal, refuses, is_met)
values ('max_duration', 41, 'too_long', $$
  -- No day has less than 20 hours; longer ones are those of the calendar, of 23 or 25 hours, too.
  (a.wanted).ends_at - (a.wanted).starts_at <= least((a.rules).max_duration, interval '20:00')
  or (a.wanted).ends_at <= booking.span_end((a.wanted).starts_at, (a.rules).max_duration, (a.resource).timezone) $$);

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
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return booking.narrow_by_length(n, (n.rules).max_duration, false);
end
$$;

comment on function booking.narrow_max_duration(booking.narrowing) is
  'The starts from which it is not longer: all or none, unless the rule counts days.';

commit;
