-- Time that nobody can book: maintenance, breaks, closures. Of one resource each; taken in the same constraint.
begin;
set local role berth_owner;

create table booking.blackouts (
  id            uuid not null default gen_random_uuid(),
  tenant_id     uuid not null,
  resource_id   uuid not null,
  starts_at     timestamptz not null,
  ends_at       timestamptz not null,
  kind          text not null default 'maintenance' check (kind ~ '^[a-z0-9_-]{1,50}$'),
  reason        varchar(1000) not null default '',
  on_conflict   text not null default 'reject' check (on_conflict in ('reject', 'cancel', 'keep')),
  recurrence_id uuid,
  created_by    uuid default nullif(current_setting('booking.user_id', true), '')::uuid,
  lifted_at     timestamptz,
  version       integer not null default 1,
  created_at    timestamptz not null default booking.now(),
  updated_at    timestamptz not null default booking.now(),
  primary key (tenant_id, id),
  foreign key (tenant_id, resource_id) references booking.resources (tenant_id, id),
  check (booking.is_time_range(starts_at, ends_at))
);
create index blackouts_by_resource on booking.blackouts (tenant_id, resource_id, starts_at);
create index blackouts_by_recurrence on booking.blackouts (tenant_id, recurrence_id) where recurrence_id is not null;

comment on table booking.blackouts is
  'Time of a resource that nobody can book. Its claims are on every unit and follow by trigger, whoever writes; '
  'blackouts may overlap each other.';
comment on column booking.blackouts.kind is 'In one word of the tenant''s own: maintenance, hold, break, closure.';
comment on column booking.blackouts.reason is 'Shown to whoever wants the time, and to those it was taken from.';
comment on column booking.blackouts.on_conflict is
  'What becomes of the reservations in the way: reject, the blackout is refused (409 slot_taken); cancel, they are '
  'cancelled with its reason; keep, they stay, and their time falls to the blackout if they go.';
comment on column booking.blackouts.recurrence_id is
  'Shared by those that one rule has made; null for one that was made alone.';
comment on column booking.blackouts.created_by is 'Who made it; null for a DBA.';
comment on column booking.blackouts.lifted_at is 'Since when it no longer blocks, whatever its time.';
comment on column booking.blackouts.version is 'Rises by one with every change.';

create view api.blackouts with (security_invoker = true) as
select tenant_id, id, resource_id, starts_at, ends_at, kind, reason,
       case when lifted_at is not null then 'lifted'
            when ends_at <= booking.now() then 'ended'
            when starts_at <= booking.now() then 'active'
            else 'scheduled' end as status,
       on_conflict, recurrence_id, created_by, lifted_at, version, created_at, updated_at
  from booking.blackouts;
comment on view api.blackouts is
  'Time that nobody can book, and why. status: scheduled, active and ended by the clock, or lifted. create_blackout, '
  'reschedule_blackout and lift_blackout are for managers.';

commit;
