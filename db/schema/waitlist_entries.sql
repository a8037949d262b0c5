-- Who waits for time that others have.
begin;
set local role berth_owner;

create table booking.waitlist_entries (
  tenant_id   uuid not null,
  id          uuid not null default gen_random_uuid(),
  resource_id uuid not null,
  owner_id    uuid not null,
  starts_at   timestamptz not null,
  ends_at     timestamptz not null,
  duration    interval check (duration > '0' and duration <= '10 years'),
  units       integer not null default 1 check (units >= 1),
  priority    integer not null default 0,
  title       varchar(500) not null default '',
  status      booking.waitlist_status not null default 'waiting',
  expires_at  timestamptz not null,
  turn        bigint not null generated always as identity,
  version     integer not null default 1,
  created_at  timestamptz not null default booking.now(),
  updated_at  timestamptz not null default booking.now(),
  primary key (tenant_id, id),
  foreign key (tenant_id, resource_id) references booking.resources (tenant_id, id),
  check (booking.is_time_range(starts_at, ends_at) and expires_at <= ends_at)
);
create index waitlist_entries_in_turn on booking.waitlist_entries (tenant_id, resource_id, priority desc, turn) where status = 'waiting';
-- Whether anybody wants a time at all.
create index waitlist_entries_by_time on booking.waitlist_entries (tenant_id, resource_id, starts_at, ends_at) where status = 'waiting';
create index long_waitlist_entries on booking.waitlist_entries (tenant_id, resource_id, ends_at) where status = 'waiting' and ends_at - starts_at > interval '24:00';
create index waitlist_entries_to_expire on booking.waitlist_entries (expires_at) where status = 'waiting';
create index waitlist_entries_by_resource on booking.waitlist_entries (tenant_id, resource_id);
create index waitlist_entries_by_owner on booking.waitlist_entries (tenant_id, owner_id);

comment on table booking.waitlist_entries is
  'Members who wait for time of a resource. What becomes free is offered to them at once, the highest priority and '
  'the longest wait first, as a held reservation of theirs with waitlist_entry_id.';
comment on column booking.waitlist_entries.starts_at is 'They want this range; or, with duration, any place within it.';
comment on column booking.waitlist_entries.duration is
  'How long they want, in elapsed time; null wants the whole range.';
comment on column booking.waitlist_entries.expires_at is 'Until when they wait; the end of the range at the latest.';
comment on column booking.waitlist_entries.turn is 'Rises in the order in which they joined.';
comment on column booking.waitlist_entries.version is 'Rises by one with every change.';

commit;
