begin;
set local role berth_owner;

create function booking.settle_payment(
  tenant_id uuid,
  notification_id uuid,
  provider text,
  payment_id uuid,
  reference text,
  outcome text,
  amount numeric,
  currency text
) returns text
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_payment booking.payments;
  v_item booking.payment_items;
  v_reason text;
  v_reasons jsonb := '{}';
  v_tried jsonb;
begin
  perform booking.enter_payment(tenant_id);
  -- Resources and reservations first, as everywhere, then the payment: equal notifications pass here one by one.
  perform booking.lock_reservations(tenant_id, array(
    select i.reservation_id from booking.payment_items i
     where i.tenant_id = settle_payment.tenant_id and i.payment_id = settle_payment.payment_id));
  select p.* into v_payment
    from booking.payments p
   where p.tenant_id = settle_payment.tenant_id and p.id = settle_payment.payment_id and p.provider = settle_payment.provider
     for update;
  if not found then
    return 'payment';
  elsif exists (select from booking.payments p
                 where p.tenant_id = settle_payment.tenant_id and p.provider = settle_payment.provider and p.provider_reference = reference
                   and p.id <> v_payment.id and p.repeat_of is distinct from v_payment.id) then
    return 'reference';
  elsif outcome = 'succeeded' and (amount, currency) is distinct from (v_payment.amount, v_payment.currency) then
    return 'amount';
  end if;

  if outcome = 'failed' and v_payment.status = 'pending' then
    update booking.payments p
       set status = 'failed', provider_reference = reference
     where p.tenant_id = v_payment.tenant_id and p.id = v_payment.id;
  elsif outcome = 'succeeded' and not exists (
          select from booking.payments p
           where p.tenant_id = v_payment.tenant_id and p.provider = v_payment.provider and p.provider_reference = reference
             and p.status not in ('pending', 'failed')) then
    if v_payment.status not in ('pending', 'failed') then
      -- The same form, paid once more: money that buys nothing.
      insert into booking.payments (tenant_id, owner_id, provider, amount, currency, description, repeat_of)
      values (v_payment.tenant_id, v_payment.owner_id, v_payment.provider, v_payment.amount, v_payment.currency, v_payment.description, v_payment.id)
      returning * into v_payment;
      insert into booking.payment_items (tenant_id, payment_id, reservation_id, amount)
      select i.tenant_id, v_payment.id, i.reservation_id, i.amount
        from booking.payment_items i
       where i.tenant_id = v_payment.tenant_id and i.payment_id = v_payment.repeat_of;
    end if;
    -- The payment comes before what it buys in the log, and says itself what cannot be had: that is found out by
    -- trying.
    loop
      begin
        update booking.payment_items i
           set refund = 'due'
         where i.tenant_id = v_payment.tenant_id and i.payment_id = v_payment.id and v_reasons ? i.reservation_id::text;
        update booking.payments p
           set status = case when v_reasons = '{}' then 'succeeded' else 'refund_due' end,
               refund_amount = coalesce((select pg_catalog.sum(i.amount) from booking.payment_items i
                                          where i.tenant_id = p.tenant_id and i.payment_id = p.id
                                            and i.refund = 'due'), 0),
               status_reason = (select pg_catalog.min(r.value) from pg_catalog.jsonb_each_text(v_reasons) r),
               provider_reference = reference
         where p.tenant_id = v_payment.tenant_id and p.id = v_payment.id;
        v_tried := v_reasons;
        for v_item in
          select i.* from booking.payment_items i
           where i.tenant_id = v_payment.tenant_id and i.payment_id = v_payment.id and i.refund is null
           order by i.reservation_id
        loop
          v_reason := booking.confirm_paid(v_item, v_payment.currency);
          continue when v_reason is null;
          v_reasons := v_reasons || pg_catalog.jsonb_build_object(v_item.reservation_id, v_reason);
          if exists (select from booking.reservations r
                      where r.tenant_id = v_item.tenant_id and r.id = v_item.reservation_id and r.bundle_id is not null) then
            -- A bundle is had as a whole or not at all.
            v_reasons := (select pg_catalog.jsonb_object_agg(i.reservation_id, v_reason) from booking.payment_items i
                           where i.tenant_id = v_payment.tenant_id and i.payment_id = v_payment.id);
            exit;
          end if;
        end loop;
        exit when v_reasons = v_tried;
        raise exception using errcode = 'BE003';
      exception
        when sqlstate 'BE003' then null; -- once more, without those
      end;
    end loop;
  end if;

  update booking.payment_notifications n
     set status = 'accepted', status_reason = null, updated_at = booking.now()
   where n.tenant_id = settle_payment.tenant_id and n.id = notification_id;
  return null;
end
$$;

comment on function booking.settle_payment(uuid, uuid, text, uuid, text, text, numeric, text) is
  'Makes of a payment what a verified notification says of it: outcome pending, failed or succeeded, then for this '
  'amount; once for each of the provider''s references, however often and however parallel it comes. '
  'Succeeded, it confirms what was paid for, or, as far as that can no longer be had, owes a refund. Returns null, or '
  'what does not fit: payment (there is none such), amount, reference (it belongs to another payment); then nothing '
  'was changed.';
grant execute on function booking.settle_payment(uuid, uuid, text, uuid, text, text, numeric, text) to berth_gateway,
  berth_worker;

commit;
