begin;

revoke select on booking.waitlist_entries from authenticated, service_role;
drop policy entered_tenant on booking.waitlist_entries;
drop policy own_or_approver_reads on booking.waitlist_entries;
alter table booking.waitlist_entries no force row level security;
alter table booking.waitlist_entries disable row level security;

commit;
