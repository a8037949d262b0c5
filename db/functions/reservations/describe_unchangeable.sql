begin;
set local role berth_owner;

create function booking.describe_unchangeable(action text, reservation booking.reservations) returns jsonb
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_code text;
  v_slug text;
  v_details text;
  v_hint text;
begin
  if reservation.status = 'expired' or reservation.expires_at <= booking.now() then
    perform booking.refuse_expired(reservation);
  elsif action = 'reschedule' then
    perform booking.check_movable(reservation);
  elsif not exists (select from booking.reservation_transitions t
                     where t.from_status = reservation.status
                       and (t.action = describe_unchangeable.action
                            or (t.action = 'submit' and describe_unchangeable.action = 'confirm'))) then
    perform booking.refuse_transition(reservation.status, action);
  end if;
  if action in ('cancel', 'reschedule') and reservation.ends_at <= booking.now() then
    -- Whether or not the sweep has completed it already.
    perform booking.raise_error(409, 'invalid_transition', 'It is over.', pg_catalog.jsonb_build_object(
      'status', reservation.status, 'action', action, 'ends_at', reservation.ends_at));
  end if;
  return null;
exception
  when sqlstate 'PT409' then
    get stacked diagnostics
      v_code = returned_sqlstate, v_slug = message_text, v_details = pg_exception_detail, v_hint = pg_exception_hint;
    return booking.describe_refusal(reservation, v_code, v_slug, v_details, v_hint)
      || pg_catalog.jsonb_build_object('reservation_id', reservation.id);
end
$$;

comment on function booking.describe_unchangeable(text, booking.reservations) is
  'Why one of several reservations can no longer be changed as the action says, since it is over, or by its status: '
  '{reservation_id, starts_at, ends_at, code (the slug), status (of HTTP), details, hint}; null where it can. '
  'The rules are not asked.';

commit;
