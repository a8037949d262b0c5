begin;
set local role berth_owner;

create function booking.check_move(
  request booking.request,
  move booking.reservations,
  moving_ids uuid[],
  override boolean
) returns void
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  a booking.assessment := booking.begin_move(request, move);
begin
  a.exclude_ids := moving_ids;
  if a.has_quotas then
    a.replaced := array(
      select c from booking.counted_reservations c where c.tenant_id = request.tenant_id and c.id = any (moving_ids));
  end if;
  a := booking.assess(a, 'reschedule', override);
  if (a.wanted).status = any ((a.resource).blocking_statuses) then
    perform booking.check_slot(a.resource, a.wanted, moving_ids, (a.wanted).priority);
  end if;
  if a.has_quotas and override is not true and (a.wanted).status = any (booking.counting_statuses()) then
    perform booking.refuse_violations(booking.check_quotas(a));
  end if;
end
$$;

comment on function booking.check_move(booking.request, booking.reservations, uuid[], boolean) is
  'Refuses a move that cannot be had, by the rules, its owner''s quotas or what is taken, even if all that moves with '
  'it were gone.';

commit;
