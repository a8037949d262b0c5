begin;
set local role berth_owner;

create function booking.check_cutoff(
  request booking.request,
  reservation booking.reservations,
  resource booking.resources,
  override boolean
) returns boolean
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_cutoff interval;
  v_until timestamptz;
begin
  if reservation.status <> all (booking.firm_statuses())
     or (reservation.status = 'checked_in' and reservation.starts_at <= booking.now()) then
    return false;
  end if;
  v_cutoff := (booking.find_rules(resource)).cancel_cutoff;
  v_until := booking.add_elapsed(reservation.starts_at, -v_cutoff);
  if v_cutoff is null then
    -- Without a cutoff members may still cancel what has begun; but what is paid for is not given back then.
    return coalesce(reservation.payment_status = 'paid', false) and reservation.starts_at <= booking.now() and override is not true;
  elsif booking.now() < v_until then
    return false;
  elsif override or (request.role >= 'manager' and pg_catalog.btrim(pg_catalog.current_setting('booking.reason', true)) <> '') then
    return true;
  end if;
  perform booking.refuse_violations(pg_catalog.jsonb_build_array(pg_catalog.jsonb_build_object(
    'code', 'cancel_cutoff_passed', 'limit', v_cutoff, 'until', v_until, 'now', booking.now(),
    'hint', pg_catalog.format('It could be given back until %s; %s.', booking.local_time_text(v_until, resource.timezone, booking.now()),
      case when request.role >= 'manager' then 'managers may still do so, with a reason' else 'ask a manager' end))));
end
$$;

comment on function booking.check_cutoff(booking.request, booking.reservations, booking.resources, boolean) is
  'Whether a confirmed reservation is given back late: after its cancel_cutoff, when only managers may, with a reason '
  '(422 cancel_cutoff_passed for others); '
  'or, where there is no cutoff and it is paid for, after it has begun, unless a manager overrides.';

commit;
