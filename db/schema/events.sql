-- What happened, append-only, written in the transaction that did it.
begin;
set local role berth_owner;

create table booking.events (
  tenant_id      uuid not null,
  -- A UUID of version 7. PostgreSQL 18 has uuidv7(); this costs 0.3 µs more than gen_random_uuid(), a function of our
  -- own 2 µs.
  id             uuid not null default encode(set_bit(set_bit(pg_catalog.overlay(
                   uuid_send(gen_random_uuid()), substr(int8send((date_part('epoch', clock_timestamp()) * 1000)::bigint), 3), 1, 6),
                   52, 1), 53, 1), 'hex')::uuid,
  seq            bigint not null generated always as identity,
  xid            xid8 not null default pg_current_xact_id(),
  type           text not null,
  occurred_at    timestamptz not null default booking.now(),
  actor_id       uuid default nullif(current_setting('booking.user_id', true), '')::uuid,
  resource_id    uuid,
  reservation_id uuid,
  owner_id       uuid,
  subject        jsonb not null,
  previous       jsonb not null default '{}',
  reason         text default nullif(current_setting('booking.reason', true), ''),
  override       boolean not null default coalesce(current_setting('booking.override', true) = 'true', false),
  primary key (tenant_id, id)
);
-- For sequence_events(). It only grows at its right end.
create index events_by_transaction on booking.events (xid);
create index events_by_reservation on booking.events (tenant_id, reservation_id);
-- They are written in the order of their times, nearly, so a summary of some pages says which may have those of a week.
create index events_by_time on booking.events using brin (tenant_id, occurred_at) with (pages_per_range = 32, autosummarize = on);
-- What has changed on a resource since, and what has left it for another; new reservations are in neither.
create index events_of_changes on booking.events (tenant_id, resource_id, occurred_at) where previous <> '{}' or type = 'blackout.lifted';
create index events_of_moves on booking.events (tenant_id, occurred_at) where previous ? 'resource_id';
create unique index approval_stale_once on booking.events (tenant_id, reservation_id) where type = 'approval.stale';

comment on table booking.events is
  'The log: one row a change. Never updated, and deleted only by prune_events(), month by month, where a tenant does '
  'not keep it for ever.';
comment on column booking.events.id is
  'The cursor that readers come back with, and the webhook-id of its deliveries. Its first 48 bits are the clock''s '
  'milliseconds, so that the primary key grows at its right end.';
comment on column booking.events.seq is
  'The order of writing, which is the order of changes to one thing. Others may commit first: readers go by '
  'event_positions. No caller sees it, for it counts the events of all tenants.';
comment on column booking.events.xid is
  'The transaction that wrote it. sequence_events() finds by it what has been committed since it last looked. No '
  'caller sees it.';
comment on column booking.events.subject is
  'What changed, as it was then: the row, without personal notes, for the log is for ever.';
comment on column booking.events.previous is 'What the fields that changed were before.';
comment on column booking.events.owner_id is 'Whose reservation it concerns: that member may read it.';

commit;
