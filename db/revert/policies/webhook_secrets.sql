begin;

drop policy entered_tenant on booking.webhook_secrets;
alter table booking.webhook_secrets no force row level security;
alter table booking.webhook_secrets disable row level security;

commit;
