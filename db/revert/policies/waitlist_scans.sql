begin;

drop policy entered_tenant on booking.waitlist_scans;
alter table booking.waitlist_scans no force row level security;
alter table booking.waitlist_scans disable row level security;

commit;
