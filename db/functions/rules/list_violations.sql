begin;
set local role berth_owner;

create function booking.list_violations(
  resource booking.resources,
  rules booking.booking_rules,
  starts_at timestamptz,
  ends_at timestamptz,
  units integer,
  made_at timestamptz
) returns jsonb
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_zone text := resource.timezone;
  v_length interval := ends_at - starts_at;
  v_earliest timestamptz := booking.add_elapsed(made_at, rules.min_notice);
  v_latest timestamptz := booking.add_elapsed(made_at, rules.max_advance);
  v_during tstzrange := pg_catalog.tstzrange(starts_at, ends_at);
  v_open tstzmultirange;
  v_violations jsonb := '[]';
begin
  if not resource.is_active then
    v_violations := v_violations || pg_catalog.jsonb_build_object('code', 'resource_inactive', 'resource_id', resource.id,
      'hint', pg_catalog.format('%s takes no reservations at present; choose another resource.', resource.name));
  end if;
  if units > resource.capacity then
    v_violations := v_violations || pg_catalog.jsonb_build_object('code', 'too_many_units', 'limit', resource.capacity, 'units', units,
      'hint', pg_catalog.format('%s has %s units; ask for no more.', resource.name, resource.capacity));
  end if;
  if ends_at <= made_at then
    v_violations := v_violations || pg_catalog.jsonb_build_object('code', 'too_soon', 'ends_at', ends_at, 'now', made_at,
      'hint', 'That time has passed; choose a later one. Managers may enter it with override and a reason.');
  elsif starts_at < v_earliest then
    v_violations := v_violations || pg_catalog.jsonb_build_object('code', 'too_soon', 'limit', rules.min_notice, 'earliest', v_earliest, 'now', made_at,
      'hint', pg_catalog.format('It takes %s of notice; choose a time from %s on.', rules.min_notice, booking.local_time_text(v_earliest, v_zone, starts_at)));
  elsif starts_at > v_latest then
    v_violations := v_violations || pg_catalog.jsonb_build_object('code', 'too_far_ahead', 'limit', rules.max_advance, 'latest', v_latest, 'now', made_at,
      'hint', pg_catalog.format('It can be booked %s ahead; choose a time until %s.', rules.max_advance, booking.local_time_text(v_latest, v_zone, starts_at)));
  end if;
  if v_length < rules.min_duration then
    v_violations := v_violations || pg_catalog.jsonb_build_object('code', 'too_short', 'limit', rules.min_duration, 'duration', v_length,
      'hint', pg_catalog.format('It is for %s at least.', rules.min_duration));
  elsif v_length > rules.max_duration then
    v_violations := v_violations || pg_catalog.jsonb_build_object('code', 'too_long', 'limit', rules.max_duration, 'duration', v_length,
      'hint', pg_catalog.format('It is for %s at most.', rules.max_duration));
  end if;
  if not (booking.is_on_grid(starts_at, rules.slot_step, v_zone) and booking.is_on_grid(ends_at, rules.slot_step, v_zone)) then
    v_violations := v_violations || pg_catalog.jsonb_build_object('code', 'off_grid', 'limit', rules.slot_step,
      'hint', pg_catalog.format('Start and end lie on steps of %s from midnight on.', rules.slot_step));
  end if;
  v_open := case when rules.tenant_id is not null then booking.open_ranges(resource, v_during) end;
  if not v_during <@ v_open then
    v_open := v_open * pg_catalog.tstzmultirange(pg_catalog.tstzrange(
      pg_catalog.date_trunc('day', starts_at at time zone v_zone) at time zone v_zone,
      (pg_catalog.date_trunc('day', ends_at at time zone v_zone) + interval '1 day') at time zone v_zone));
    v_violations := v_violations || pg_catalog.jsonb_build_object('code', 'outside_opening_hours',
      'open', (select coalesce(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object('starts_at', pg_catalog.lower(o), 'ends_at', pg_catalog.upper(o)) order by o), '[]')
                 from pg_catalog.unnest(v_open) o),
      'hint', pg_catalog.format('%s is %s.', resource.name, coalesce(
        (select 'open ' || pg_catalog.string_agg(pg_catalog.format('%s–%s',
                  booking.local_time_text(pg_catalog.lower(o), v_zone, starts_at), booking.local_time_text(pg_catalog.upper(o), v_zone, starts_at)), ' and ' order by o)
           from pg_catalog.unnest(v_open) o), 'closed on that day')));
  end if;
  return v_violations;
end
$$;

comment on function booking.list_violations(booking.resources, booking.booking_rules, timestamptz, timestamptz, integer, timestamptz) is
  'What the rules have against a reservation made at that time, whoever makes it: [{"code" (the slug), "limit", …, "hint"}]; the quotas are list_exceeded_quotas()''s.';

commit;
