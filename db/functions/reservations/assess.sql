-- May this be? Every road asks here, and nobody else decides.
begin;
set local role berth_owner;

create function booking.assess(
  a booking.assessment,
  action text,
  override boolean,
  pencil_ttl interval default null
) returns booking.assessment
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_wanted booking.reservations := a.wanted;
  v_violations jsonb;
begin
  if action = 'create' then
    if v_wanted.owner_id is distinct from (a.request).user_id then
      v_wanted.owner_id := booking.check_owner(a.request, v_wanted.owner_id);
    end if;
    if not (booking.check_time_range(v_wanted.starts_at, v_wanted.ends_at) and coalesce(v_wanted.units >= 1, false)
            and (pencil_ttl is null or v_wanted.status = 'pencilled')
            and (v_wanted.unit is null or (v_wanted.unit between 1 and (a.resource).capacity and v_wanted.units = 1))) then
      perform booking.raise_error(400, 'invalid_argument',
        case when (v_wanted.units >= 1) is not true then 'Ask for one unit or more.'
             when pencil_ttl is not null and v_wanted.status <> 'pencilled' then 'Only a pencilled reservation has a time of its own to expire.'
             else 'A reservation can be pinned to one of the resource''s units. Ask for the others on their own.' end,
        pg_catalog.jsonb_build_object('argument', case when (v_wanted.units >= 1) is not true then 'units'
          when pencil_ttl is not null and v_wanted.status <> 'pencilled' then 'pencil_ttl' else 'unit' end));
    elsif v_wanted.priority > (a.rules).max_priority and (a.request).role = 'member' then
      perform booking.refuse_priority(a.rules, v_wanted.priority);
    end if;
    if pencil_ttl is not null then
      v_wanted.expires_at := booking.choose_expiry(a.resource, null, pencil_ttl, override);
    end if;
    if (a.resource).price_amount > 0 then
      v_wanted.amount_due := booking.price_of(a.resource, v_wanted.starts_at, v_wanted.ends_at, v_wanted.units);
      v_wanted.payment_status := booking.first_payment_status(a.resource, v_wanted.amount_due, v_wanted.status = 'confirmed' and override);
      v_wanted.currency := case when v_wanted.amount_due is not null then (a.resource).price_currency end;
    end if;
    if v_wanted.status = 'confirmed' then
      v_wanted.status := case when (a.resource).requires_approval and override is not true then 'pending'
                              when v_wanted.payment_status = 'unpaid' then 'held' else 'confirmed' end;
    end if;
    v_wanted.tenant_id := (a.request).tenant_id;
    v_wanted.id := coalesce(v_wanted.id, pg_catalog.gen_random_uuid());
    v_wanted.buffer_before := (a.rules).buffer_before;
    v_wanted.buffer_after := (a.rules).buffer_after;
    v_wanted.title := coalesce(v_wanted.title, '');
    v_wanted.priority := coalesce(v_wanted.priority, 0);
    v_wanted.metadata := coalesce(v_wanted.metadata, '{}');
    v_wanted.version := 1;
    v_wanted.is_late := false;
    v_wanted.status_since := a.asked_at;
    v_wanted.created_at := a.asked_at;
    v_wanted.updated_at := a.asked_at;
    a.wanted := v_wanted;
    a.is_new_time := true;
    a.is_kept := false;
    -- The usual case in one expression.
    if (a.resource).is_active and v_wanted.ends_at > a.asked_at and v_wanted.units <= (a.resource).capacity
       and not a.is_ruled and not a.has_hours then
      return a;
    end if;
  elsif action = 'reschedule' then
    a := booking.assess_move(a, override);
  else
    a := booking.assess_transition(a, action, override, pencil_ttl);
  end if;
  if a.is_kept then
    -- The rules it met when it was made are not asked again; whether its owner may have new time is.
    v_violations := case when a.is_new_time then booking.check_basics(a) || coalesce(booking.check_max_no_shows(a), '[]') else '[]' end;
  else
    v_violations := booking.list_violations(a);
  end if;
  if v_violations = '[]' then
    return a;
  elsif override then
    -- No more units than there are, whoever asks.
    v_violations := pg_catalog.jsonb_path_query_array(v_violations, '$[*] ? (@.code == "too_many_units")');
  elsif a.has_quotas and not a.is_kept and (a.wanted).status = any (booking.counting_statuses()) then
    v_violations := v_violations || booking.check_quotas(a);
  end if;
  perform booking.refuse_violations(v_violations);
  return a;
end
$$;

comment on function booking.assess(booking.assessment, text, boolean, interval) is
  'Whether what is wanted may be, in place of current or of none: returns it completed as it is to be written, or '
  'refuses with all violations. '
  'action is create, reschedule, or that of a row of reservation_transitions; override skips the rules. Time and '
  'quotas are taken when it is written. '
  '400 invalid_time_range, invalid_argument; 403 forbidden; 404 not_found; 409 invalid_transition, payment_required; '
  '422 of the rules, every violation in details.violations.';

commit;
