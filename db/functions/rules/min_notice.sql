begin;
set local role berth_owner;

insert into booking.rule_definitions (rule, ordinal, refuses, is_met)
values ('min_notice', 31, 'too_soon', $$
  (a.wanted).starts_at >= booking.add_elapsed(a.asked_at, (a.rules).min_notice)
  or (a.wanted).ends_at <= a.asked_at
  -- What keeps its start begins when it began.
  or ((a.wanted).starts_at, (a.wanted).resource_id) = ((a.current).starts_at, (a.current).resource_id) $$);

create function booking.check_min_notice(a booking.assessment) returns jsonb
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_earliest timestamptz := booking.add_elapsed(a.asked_at, (a.rules).min_notice);
begin
  return pg_catalog.jsonb_build_object(
    'code', 'too_soon', 'limit', (a.rules).min_notice, 'earliest', v_earliest, 'now', a.asked_at,
    'hint', pg_catalog.format('It takes %s of notice; choose a time from %s on.', (a.rules).min_notice,
      booking.local_time_text(v_earliest, (a.resource).timezone, (a.wanted).starts_at)));
end
$$;

comment on function booking.check_min_notice(booking.assessment) is
  'The violation of the rule min_notice: {"code": "too_soon", …}, where it is not met.';

create function booking.narrow_min_notice(n booking.narrowing) returns tstzmultirange
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return n.starts * pg_catalog.tstzmultirange(
    pg_catalog.tstzrange(booking.add_elapsed(booking.now(), (n.rules).min_notice), null));
end
$$;

comment on function booking.narrow_min_notice(booking.narrowing) is
  'The starts that come after the notice.';

commit;
