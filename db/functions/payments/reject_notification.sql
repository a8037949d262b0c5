begin;
set local role berth_owner;

create function booking.reject_notification(tenant_id uuid, notification_id uuid, reason text) returns void
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  perform booking.enter_payment(tenant_id);
  update booking.payment_notifications n
     set status = 'rejected', status_reason = reason, updated_at = booking.now()
   where n.tenant_id = reject_notification.tenant_id and n.id = notification_id and n.status = 'received';
end
$$;

comment on function booking.reject_notification(uuid, uuid, text) is
  'Says of a stored notification which check it failed; one that was accepted stays so.';
grant execute on function booking.reject_notification(uuid, uuid, text) to berth_gateway, berth_worker;

commit;
