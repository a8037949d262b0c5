begin;
set local role berth_owner;

alter table booking.payment_notifications enable row level security;
alter table booking.payment_notifications force row level security;

-- For the engine alone: it holds what anybody may have sent, and the names and addresses of those who paid.
create policy entered_tenant on booking.payment_notifications for all to berth_owner
  using (tenant_id = (select nullif(current_setting('booking.tenant_id', true), '')::uuid));

commit;
