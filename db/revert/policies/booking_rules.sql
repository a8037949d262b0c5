begin;

revoke select, insert, update, delete on api.booking_rules from authenticated, service_role;
revoke select on booking.booking_rules from authenticated, service_role;
drop policy entered_tenant on booking.booking_rules;
drop policy members_read on booking.booking_rules;
alter table booking.booking_rules no force row level security;
alter table booking.booking_rules disable row level security;

commit;
