begin;
set local role berth_owner;

alter table booking.booking_attempts enable row level security;
alter table booking.booking_attempts force row level security;

-- For the engine alone: managers see what booking_outcomes() makes of it.
create policy entered_tenant on booking.booking_attempts for all to berth_owner
  using (tenant_id = (select nullif(current_setting('booking.tenant_id', true), '')::uuid));

commit;
