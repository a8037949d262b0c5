begin;

drop policy owner_writes on booking.modules;
alter table booking.modules no force row level security;
alter table booking.modules disable row level security;

commit;
