begin;
set local role berth_owner;

create function api.record_refund(payment_id uuid, reason text default null) returns api.payments
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_request booking.request := booking.begin_request(
    'record_refund', row(payment_id, reason), 'manager', reason => reason);
  v_payment booking.payments;
  v_result api.payments;
begin
  if v_request.replay is not null then
    return pg_catalog.jsonb_populate_record(v_result, v_request.replay);
  end if;
  -- Reservations before payments, as everywhere.
  perform booking.lock_reservations(v_request.tenant_id, array(
    select i.reservation_id from booking.payment_items i
     where i.tenant_id = v_request.tenant_id and i.payment_id = record_refund.payment_id));
  select p.* into v_payment
    from booking.payments p
   where p.tenant_id = v_request.tenant_id and p.id = record_refund.payment_id
     for update;
  if not found then
    perform booking.raise_error(404, 'not_found', 'There is no such payment.', pg_catalog.jsonb_build_object('payment_id', payment_id));
  elsif v_payment.status <> 'refund_due' then
    perform booking.raise_error(409, 'invalid_transition', 'There is nothing to give back.',
      pg_catalog.jsonb_build_object('status', v_payment.status, 'action', 'refund'));
  end if;
  update booking.payment_items i
     set refund = 'done'
   where i.tenant_id = v_payment.tenant_id and i.payment_id = v_payment.id and i.refund = 'due';
  update booking.payments p
     set status = 'refunded', refund_amount = 0, status_reason = coalesce(reason, p.status_reason)
   where p.tenant_id = v_payment.tenant_id and p.id = v_payment.id;
  select p.* into v_result from api.payments p where p.tenant_id = v_payment.tenant_id and p.id = v_payment.id;
  return booking.remember_response(v_request, v_result);
end
$$;

comment on function api.record_refund(uuid, text) is
  'Managers say that they have given back, at the provider''s own site, what a payment owed; reason is kept. 403 '
  'forbidden; 404 not_found; 409 invalid_transition (nothing is owed).';
grant execute on function api.record_refund(uuid, text) to authenticated, service_role;

commit;
