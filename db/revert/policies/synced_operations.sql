begin;

drop policy entered_tenant on booking.synced_operations;
alter table booking.synced_operations no force row level security;
alter table booking.synced_operations disable row level security;

commit;
