-- What has been freed, and how far down the queue it has been offered.
begin;
set local role berth_owner;

create table booking.waitlist_scans (
  tenant_id   uuid not null,
  id          uuid not null default gen_random_uuid(),
  resource_id uuid not null,
  freed       tstzmultirange not null,
  priority    integer,
  turn        bigint,
  created_at  timestamptz not null default booking.now(),
  primary key (tenant_id, id)
);
create index waitlist_scans_by_resource on booking.waitlist_scans (tenant_id, resource_id);
-- For the sweep, which looks in all tenants at once.
create index waitlist_scans_to_go_on on booking.waitlist_scans (created_at);

comment on table booking.waitlist_scans is
  'Time that became free and has not been offered to all who wait: a request looks at so many of them, and the sweep '
  'goes on from there. No foreign key, whose lock would be taken out of turn: the sweep removes what is left of a '
  'resource that is gone.';
comment on column booking.waitlist_scans.freed is
  'What became free: only a place that touches it can be new to somebody.';
comment on column booking.waitlist_scans.priority is
  'With turn, the last entry that was looked at, in the order of waitlist_entries_in_turn; null: none yet.';
comment on column booking.waitlist_scans.created_at is 'Since when it waits.';

commit;
