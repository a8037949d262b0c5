begin;

drop policy entered_tenant on booking.payment_notifications;
alter table booking.payment_notifications no force row level security;
alter table booking.payment_notifications disable row level security;

commit;
