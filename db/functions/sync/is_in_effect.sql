begin;
set local role berth_owner;

create function booking.is_in_effect(request booking.request, op text, draft booking.reservations) returns boolean
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_present booking.reservations;
begin
  if op = 'create' then
    -- As it was made, whatever has become of it since.
    select made.* into v_present
      from booking.events e, pg_catalog.jsonb_populate_record(null::booking.reservations, e.subject) made
     where e.tenant_id = request.tenant_id and e.reservation_id = draft.id
     order by e.seq
     limit 1;
    -- To say of another's whether its words are those given would tell them.
    if v_present.owner_id is distinct from request.user_id and request.role < 'approver' then
      return false;
    end if;
    return (v_present.owner_id, v_present.resource_id, v_present.starts_at, v_present.ends_at, v_present.units, v_present.title)
         = (coalesce(draft.owner_id, request.user_id), draft.resource_id, draft.starts_at, draft.ends_at, coalesce(draft.units, 1), coalesce(draft.title, ''));
  end if;
  select r.* into v_present
    from booking.reservations r
   where r.tenant_id = request.tenant_id and r.id = draft.id
     and (r.owner_id = request.user_id or request.role >= 'approver');
  return case op
    when 'cancel' then v_present.status = 'cancelled'
    when 'confirm' then v_present.status = 'pending' or v_present.status = any (booking.use_statuses())
    when 'reschedule' then
      (v_present.starts_at, v_present.ends_at, v_present.resource_id, v_present.units)
        = (draft.starts_at, draft.ends_at, coalesce(draft.resource_id, v_present.resource_id), coalesce(draft.units, v_present.units))
      and exists (select from booking.reservation_transitions t where t.from_status = v_present.status)
    end;
end
$$;

comment on function booking.is_in_effect(booking.request, text, booking.reservations) is
  'Whether an operation would find its work done, by whatever road: made by the same owner with the same meaning '
  '(resource, times, units, title), where it is to move to, cancelled, or asked to be firm. Null or false if not.';

commit;
