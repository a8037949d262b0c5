begin;
set local role berth_owner;

alter table booking.payments enable row level security;
alter table booking.payments force row level security;
alter table booking.payment_items enable row level security;
alter table booking.payment_items force row level security;

create policy entered_tenant on booking.payments for all to berth_owner
  using (tenant_id = (select nullif(current_setting('booking.tenant_id', true), '')::uuid));
create policy own_or_manager_reads on booking.payments for select to authenticated, service_role
  using (tenant_id = (select booking.current_tenant_id())
         and (owner_id = (select booking.current_user_id()) or (select booking.current_member_role()) >= 'manager'));

create policy entered_tenant on booking.payment_items for all to berth_owner
  using (tenant_id = (select nullif(current_setting('booking.tenant_id', true), '')::uuid));
create policy payment_readers_read on booking.payment_items for select to authenticated, service_role
  using (exists (select from booking.payments p where p.tenant_id = payment_items.tenant_id and p.id = payment_items.payment_id));

grant select on booking.payments, booking.payment_items to authenticated, service_role;
grant select on api.payments to authenticated, service_role;

commit;
