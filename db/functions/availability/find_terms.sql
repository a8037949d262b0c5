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
  n booking.narrowing;
  v_terms booking.terms;
begin
  n.resource := resource;
  n.member := member;
  n.units := units;
  n.duration := duration;
  n.exclude_ids := exclude_ids;
  select r.rules, r.scopes, r.has_hours
    into n.rules, n.scopes, n.has_hours
    from booking.resolved_rules r
   where r.tenant_id = resource.tenant_id and r.resource_id = resource.id;
  n.starts := booking.allowed_starts(n, starts);
  v_terms.number := number;
  v_terms.buffer_before := booking.elapsed((n.rules).buffer_before);
  v_terms.buffer_after := booking.elapsed((n.rules).buffer_after);
  v_terms.min_gap := booking.elapsed((n.rules).min_gap);
  v_terms.allow_preemption := (n.rules).allow_preemption;
  v_terms.starts := n.starts;
  v_terms.slot_step := (n.rules).slot_step;
  v_terms.timezone := resource.timezone;
  v_terms.duration := duration;
  return v_terms;
end
$$;

comment on function booking.find_terms(
  booking.resources, booking.members, integer, integer, interval, tstzrange, uuid[]
) is
  'On what terms this member may book this resource, and whatever shares its kind, its zone and its rules, within a '
  'range of starts.';

commit;
