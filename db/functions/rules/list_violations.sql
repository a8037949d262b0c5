begin;
set local role berth_owner;

create function booking.list_violations(a booking.assessment) returns jsonb
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
  -- The usual case in one expression: it is on the way of every booking.
  if (a.resource).is_active and (a.wanted).ends_at > a.asked_at and (a.wanted).units <= (a.resource).capacity
     and (not a.is_ruled or booking.meets_rules(a))
     and (not a.has_hours or booking.is_open(a.resource, (a.wanted).starts_at, (a.wanted).ends_at)) then
    return '[]';
  end if;
  return booking.check_basics(a) || booking.check_rules(a) || case when a.has_hours then booking.check_opening_hours(a) else '[]' end;
end
$$;

comment on function booking.list_violations(booking.assessment) is
  'What speaks against what is wanted, its owner''s quotas aside: [{"code" (the slug), "limit", …, "hint"}], all of '
  'it, in the order of rule_definitions.';

commit;
