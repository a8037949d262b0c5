begin;

revoke select on booking.resolved_rules from authenticated, service_role;
drop policy entered_tenant on booking.resolved_rules;
drop policy members_read on booking.resolved_rules;
alter table booking.resolved_rules no force row level security;
alter table booking.resolved_rules disable row level security;

commit;
