begin;

drop policy owner_writes on booking.event_consumers;
alter table booking.event_consumers no force row level security;
alter table booking.event_consumers disable row level security;

commit;
