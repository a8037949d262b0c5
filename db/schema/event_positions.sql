-- The order in which the log is read: what has been committed, each event with a position that it keeps.
begin;
set local role berth_owner;

create table booking.event_positions (
  tenant_id uuid not null,
  position  bigint not null check (position > 0),
  event_id  uuid not null,
  primary key (tenant_id, position),
  -- No foreign key to the event: it would lock and rewrite rows of the log. prune_events() keeps the two in step.
  unique (tenant_id, event_id)
);
-- For those who follow the log of all tenants.
create index event_positions_in_order on booking.event_positions (position);
comment on table booking.event_positions is
  'Where committed events stand in the log, written by sequence_events() alone. The position of the last event that '
  'went stays: its cursor is still good.';
comment on column booking.event_positions.position is
  'Rises over the events of all tenants. No caller sees it, for it tells how much others do.';

create table booking.event_sequencer (
  is_only           boolean primary key default true check (is_only),
  snapshot_xmax     xid8 not null default '0',
  snapshot_xip      xid8[] not null default '{}',
  last_position     bigint not null default 0,
  system_identifier bigint not null default 0,
  log_epoch         text not null default '',
  epoch_starts      timestamptz[] not null default '{}',
  epoch_positions   bigint[] not null default '{}',
  attended_at       timestamptz not null default '-infinity'
);
comment on table booking.event_sequencer is 'How far the log has been put in order: the one row of sequence_events().';
comment on column booking.event_sequencer.snapshot_xmax is
  'With snapshot_xip, the snapshot that was looked at last. Of the transactions below it, all but those of '
  'snapshot_xip had ended, and their events have positions.';
comment on column booking.event_sequencer.system_identifier is
  'The cluster whose transactions these are; in any other they mean nothing.';
comment on column booking.event_sequencer.log_epoch is
  'The cluster and its time line, which a restore or the promotion of a standby changes: what had positions by then '
  'has '
  'kept them, and whatever else had one before is lost, or gets another.';
comment on column booking.event_sequencer.epoch_starts is
  'When each of the last hundred log epochs but the first of all was first seen, by the clock of the server it began '
  'on.';
comment on column booking.event_sequencer.epoch_positions is
  'The last position that each of them took over.';
comment on column booking.event_sequencer.attended_at is
  'When a worker or a gateway last looked: while one does, no member''s request needs to.';
insert into booking.event_sequencer default values;

commit;
