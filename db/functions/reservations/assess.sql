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
  v_violations jsonb;
begin
  a.exclude_ids := coalesce(a.exclude_ids, pg_catalog.array_remove(array[(a.current).id], null));
  a := case action when 'create' then booking.assess_creation(a, override, pencil_ttl)
                   when 'reschedule' then booking.assess_move(a, override)
                   else booking.assess_transition(a, action, override, pencil_ttl) end;
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
  'Whether what is wanted may be, in place of current or of none: returns it completed as it is to be written, or refuses with all violations. '
  'action is create, reschedule, or that of a row of reservation_transitions; override skips the rules. Time and quotas are taken when it is written. '
  '400 invalid_time_range, invalid_argument; 403 forbidden; 404 not_found; 409 invalid_transition, payment_required; 422 of the rules, every violation in details.violations.';

commit;
