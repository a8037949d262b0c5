begin;

revoke select on api.payments from authenticated, service_role;
revoke select on booking.payments, booking.payment_items from authenticated, service_role;
drop policy payment_readers_read on booking.payment_items;
drop policy entered_tenant on booking.payment_items;
drop policy own_or_manager_reads on booking.payments;
drop policy entered_tenant on booking.payments;
alter table booking.payment_items no force row level security;
alter table booking.payment_items disable row level security;
alter table booking.payments no force row level security;
alter table booking.payments disable row level security;

commit;
