begin;
set local role berth_owner;

create function booking.owe_refund() returns trigger
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_payment_id uuid;
begin
  update booking.payment_items i
     set refund = 'due'
    from booking.payments p
   where i.tenant_id = old.tenant_id and i.reservation_id = old.id and i.refund is null
     and p.tenant_id = i.tenant_id and p.id = i.payment_id and p.status in ('succeeded', 'refund_due', 'refunded')
  returning i.payment_id into v_payment_id;
  if found then
    update booking.payments p
       set status = 'refund_due',
           refund_amount = (select pg_catalog.sum(i.amount) from booking.payment_items i
                             where i.tenant_id = p.tenant_id and i.payment_id = p.id and i.refund = 'due'),
           status_reason = 'cancelled'
     where p.tenant_id = old.tenant_id and p.id = v_payment_id;
  end if;
  return null;
end
$$;

comment on function booking.owe_refund() is
  'Trigger: the price of what is cancelled in time, or deleted before it began, is to be given back; not of what is '
  'cancelled late (is_late). '
  'What the house cancels, by a blackout or an override, is never late where no cancel_cutoff is set.';

create trigger _300_owe_refund_on_update
  after update of status on booking.reservations
  for each row when (old.payment_status = 'paid' and old.status <> 'cancelled' and new.status = 'cancelled' and not new.is_late)
  execute function booking.owe_refund();

create trigger _300_owe_refund_on_delete
  after delete on booking.reservations
  for each row when (old.payment_status = 'paid' and old.status in ('confirmed', 'checked_in') and old.starts_at > booking.now())
  execute function booking.owe_refund();

commit;
