-- What happened, append-only, written in the transaction that did it.
begin;
set local role berth_owner;

create table booking.events (
  tenant_id      uuid not null,
  horizon        xid8 not null default booking.log_position(greatest(
                   pg_current_xact_id(),
                   (pg_snapshot_xmax(pg_current_snapshot())::text::bigint - 1)::text::xid8)),
  seq            bigint not null generated always as identity,
  id             uuid not null default gen_random_uuid(),
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
  primary key (tenant_id, horizon, seq)
);
-- For those who follow the log of all tenants. It only grows at its right end.
create index events_in_order on booking.events (horizon, seq);
create index events_by_reservation on booking.events (tenant_id, reservation_id);
-- They are written in the order of their times, nearly, so a summary of some pages says which may have those of a week.
create index events_by_time on booking.events using brin (tenant_id, occurred_at) with (pages_per_range = 32, autosummarize = on);
-- What has changed on a resource since, and what has left it for another; new reservations are in neither.
create index events_of_changes on booking.events (tenant_id, resource_id, occurred_at) where previous <> '{}' or type = 'blackout.lifted';
create index events_of_moves on booking.events (tenant_id, occurred_at) where previous ? 'resource_id';
create unique index approval_stale_once on booking.events (tenant_id, reservation_id) where type = 'approval.stale';

comment on table booking.events is 'The log: one row a change. Never updated, and deleted only by prune_events(), month by month, where a tenant does not keep it for ever.';
comment on column booking.events.horizon is
  'The newest transaction that had ended when the event was written, or its own if that is newer. Readers stay below the oldest one still running, so a late commit is never skipped; '
  'and whoever waited for another writes no lower one, so (horizon, seq), the cursor, keeps the order of changes to one thing. The transaction''s own id would not. '
  'As log_position() counts them, so that it goes on after a restore.';
comment on column booking.events.id is 'Also the webhook-id of its deliveries.';
comment on column booking.events.subject is 'What changed, as it was then: the row, without personal notes, for the log is for ever.';
comment on column booking.events.previous is 'What the fields that changed were before.';
comment on column booking.events.owner_id is 'Whose reservation it concerns: that member may read it.';

commit;
