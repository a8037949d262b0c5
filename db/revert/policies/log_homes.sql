begin;

drop policy owner_writes on booking.log_homes;
alter table booking.log_homes no force row level security;
alter table booking.log_homes disable row level security;

commit;
