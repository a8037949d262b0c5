begin;
set local role berth_owner;

create function booking.find_terms(
  resource booking.resources,
  member booking.members,
  number integer,
  units integer,
  duration interval,
  starts tstzrange,
  exclude_ids uuid[] default '{}'
) returns booking.terms
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_rules booking.booking_rules := booking.find_rules(resource);
  v_starts tstzmultirange := booking.allowed_starts(resource, v_rules, member, units, duration, starts, exclude_ids);
begin
  return row(
    number, booking.elapsed(v_rules.buffer_before), booking.elapsed(v_rules.buffer_after), v_rules.allow_preemption, v_starts,
    v_rules.slot_step, resource.timezone);
end
$$;

comment on function booking.find_terms(booking.resources, booking.members, integer, integer, interval, tstzrange, uuid[]) is
  'On what terms this member may book this resource, and whatever shares its kind, its zone and its rules, within a range of starts.';

commit;
