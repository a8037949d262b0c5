begin;
set local role berth_owner;

create function booking.check_authority(
  request booking.request,
  reservation booking.reservations,
  min_role booking.member_role
) returns void
language plpgsql immutable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_needed booking.member_role := case
    when reservation.owner_id = request.user_id or min_role >= 'approver' then min_role
    else 'manager' end;
begin
  if request.role < v_needed then
    perform booking.raise_error(403, 'forbidden',
      pg_catalog.format('This takes the role %s; yours is %s.', v_needed, request.role));
  end if;
end
$$;

comment on function booking.check_authority(booking.request, booking.reservations, booking.member_role) is
  'Refuses whose role is below min_role on their own reservation, or below manager (or a min_role of approver and '
  'above) on another''s: 403 forbidden.';

commit;
