begin;
set local role berth_owner;

create function api.check_reservation_conflict(
  resource_id uuid,
  starts_at timestamptz,
  ends_at timestamptz,
  units integer default 1,
  exclude_reservation_id uuid default null,
  priority integer default 0,
  advisories boolean default true
) returns jsonb
language plpgsql volatile security definer -- see check_slot(), which tries and undoes
set search_path = pg_catalog, pg_temp
as $$
declare
  v_member booking.members := booking.enter_tenant();
  v_request booking.request;
  v_move booking.reservations;
  a booking.assessment;
  v_counted booking.assessment;
begin
  v_request.tenant_id := v_member.tenant_id;
  v_request.user_id := v_member.user_id;
  v_request.role := v_member.role;
  -- The write itself, up to the row.
  if exclude_reservation_id is null then
    a := booking.begin_assessment(v_request, resource_id);
    a.wanted.status := 'confirmed';
    a.wanted.resource_id := resource_id;
    a.wanted.starts_at := starts_at;
    a.wanted.ends_at := ends_at;
    a.wanted.units := units;
    a.wanted.priority := priority;
    a := booking.assess(a, 'create', false);
  else
    v_move.id := exclude_reservation_id;
    v_move.resource_id := resource_id;
    v_move.starts_at := starts_at;
    v_move.ends_at := ends_at;
    v_move.units := units;
    a := booking.assess(booking.begin_move(v_request, v_move), 'reschedule', false);
  end if;
  v_counted := a;
  -- Of what stays where it is, the time is not asked for again; and what takes no time yet only needs to be able to.
  if row((a.wanted).resource_id, (a.wanted).starts_at, (a.wanted).ends_at, (a.wanted).units, (a.wanted).unit,
         (a.wanted).buffer_before, (a.wanted).buffer_after)
     is not distinct from
     row((a.current).resource_id, (a.current).starts_at, (a.current).ends_at, (a.current).units, (a.current).unit,
         (a.current).buffer_before, (a.current).buffer_after) then
    null;
  elsif (a.wanted).status = any ((a.resource).blocking_statuses) then
    perform booking.check_slot(a.resource, a.wanted, a.exclude_ids, (a.wanted).priority);
    if a.has_quotas then
      -- What it displaces no longer counts.
      v_counted.exclude_ids := a.exclude_ids || booking.choose_displaced(a.wanted, a.resource);
    end if;
  else
    perform booking.refuse_blackout(a.resource, a.wanted, a.exclude_ids);
  end if;
  if a.has_quotas and (a.wanted).status = any (booking.counting_statuses()) then
    perform booking.refuse_violations(booking.check_quotas(v_counted));
  end if;
  if exclude_reservation_id is null and (a.wanted).status = any (booking.undecided_statuses()) then
    perform booking.check_count(a, 'max_tentative', (a.wanted).owner_id);
  end if;
  return pg_catalog.jsonb_build_object('available', true, 'advisories', case when advisories then booking.list_advisories(a) else '[]' end);
end
$$;

comment on function api.check_reservation_conflict(uuid, timestamptz, timestamptz, integer, uuid, integer, boolean) is
  'Asks, without changing anything, whether create_reservation would succeed: {"available": true, "advisories": '
  '[{"code", "message", …}]}, or the very error it would give. '
  'Advisories refuse nothing: near_capacity (scope units or day), near_blackout, tight_turnaround, competing_requests, '
  'and, where approval is required, time_taken. '
  'exclude_reservation_id leaves out the reservation that is to move; priority is that of the request; advisories '
  'false leaves those out, which takes half the time. Errors are create_reservation''s, or with '
  'exclude_reservation_id reschedule_reservation''s.';
grant execute on function api.check_reservation_conflict(uuid, timestamptz, timestamptz, integer, uuid, integer,
  boolean) to authenticated, service_role;

commit;
