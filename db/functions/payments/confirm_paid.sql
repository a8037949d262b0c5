begin;
set local role berth_owner;

create function booking.confirm_paid(item booking.payment_items, currency text) returns text
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_reservation booking.reservations;
  v_request booking.request;
  a booking.assessment;
  v_slug text;
begin
  select r.* into v_reservation
    from booking.reservations r
   where r.tenant_id = item.tenant_id and r.id = item.reservation_id;
  if not found then
    return 'not_found';
  elsif v_reservation.payment_status is distinct from 'unpaid' then
    return case v_reservation.payment_status when 'quoted' then 'not_approved' else 'paid_already' end;
  elsif (v_reservation.amount_due, v_reservation.currency) is distinct from (item.amount, confirm_paid.currency) then
    return 'price_changed';
  elsif v_reservation.status <> all (booking.expiring_statuses()) and v_reservation.status <> 'expired' then
    return v_reservation.status::text;
  elsif v_reservation.ends_at <= booking.now() then
    return 'too_soon'; -- its time has passed: nobody can have it any more, whatever was held
  end if;
  begin
    if v_reservation.expires_at <= booking.now() then
      -- Those who wait for that time are served first.
      perform booking.change_status(item.tenant_id, array[v_reservation.id], 'expired', null, null);
      v_reservation.status := 'expired';
    end if;
    if v_reservation.status = 'expired' then
      v_request.tenant_id := item.tenant_id;
      a := booking.begin_assessment(v_request, v_reservation.resource_id);
      a.wanted := v_reservation;
      perform booking.refuse_violations(booking.check_basics(a));
      if v_reservation.original_starts_at is not null
         and v_reservation.original_starts_at not in (
               select o.starts_at
                 from booking.series s
                cross join lateral booking.list_occurrences(s) o
                where s.tenant_id = item.tenant_id and s.id = v_reservation.series_id and s.cancelled_at is null) then
        return 'invalid_transition'; -- its series has gone on without it
      end if;
      perform booking.expire_holds(a.resource);
    end if;
    update booking.reservations r
       set status = 'confirmed', payment_status = 'paid'
     where r.tenant_id = item.tenant_id and r.id = v_reservation.id;
  exception
    when sqlstate 'PT409' or sqlstate 'PT422' then
      get stacked diagnostics v_slug = message_text;
      return v_slug;
  end;
  return null;
end
$$;

comment on function booking.confirm_paid(booking.payment_items, text) is
  'Confirms a reservation that has been paid for, and returns null; or changes nothing and returns why it cannot be '
  'had: too_soon where its time has passed. One that has expired is confirmed if its time is still free, '
  'and the resource active. The caller holds its lock.';

commit;
