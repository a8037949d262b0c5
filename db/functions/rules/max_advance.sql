begin;
set local role berth_owner;

insert into booking.rule_definitions (rule, ordinal, refuses, is_met)
values ('max_advance', 32, 'too_far_ahead', $$
  (a.wanted).starts_at <= booking.add_elapsed(a.asked_at, (a.rules).max_advance)
  or (a.wanted).ends_at <= a.asked_at
  -- Where the notice is longer than the horizon, the notice is told.
  or (a.wanted).starts_at < booking.add_elapsed(a.asked_at, (a.rules).min_notice)
  or ((a.wanted).starts_at, (a.wanted).resource_id) = ((a.current).starts_at, (a.current).resource_id) $$);

create function booking.check_max_advance(a booking.assessment) returns jsonb
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_latest timestamptz := booking.add_elapsed(a.asked_at, (a.rules).max_advance);
begin
  return pg_catalog.jsonb_build_object(
    'code', 'too_far_ahead', 'limit', (a.rules).max_advance, 'latest', v_latest, 'now', a.asked_at,
    'hint', pg_catalog.format('It can be booked %s ahead; choose a time until %s.', (a.rules).max_advance,
      booking.local_time_text(v_latest, (a.resource).timezone, (a.wanted).starts_at)));
end
$$;

comment on function booking.check_max_advance(booking.assessment) is
  'The violation of the rule max_advance: {"code": "too_far_ahead", …}, where it is not met.';

create function booking.narrow_max_advance(n booking.narrowing) returns tstzmultirange
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return n.starts * pg_catalog.tstzmultirange(
    pg_catalog.tstzrange(null, booking.add_elapsed(booking.now(), (n.rules).max_advance), '[]'));
end
$$;

comment on function booking.narrow_max_advance(booking.narrowing) is
  'The starts within the horizon.';

commit;
