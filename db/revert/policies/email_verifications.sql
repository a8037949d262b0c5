begin;

drop policy entered_tenant on booking.email_verifications;
alter table booking.email_verifications no force row level security;
alter table booking.email_verifications disable row level security;

commit;
