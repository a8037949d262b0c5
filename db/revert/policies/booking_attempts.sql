begin;

drop policy entered_tenant on booking.booking_attempts;
alter table booking.booking_attempts no force row level security;
alter table booking.booking_attempts disable row level security;

commit;
