-- Who follows the log of all tenants, and how far each has come.
begin;
set local role berth_owner;

create table booking.event_consumers (
  name       text primary key check (name ~ '^[a-z_]{1,50}$'),
  position   bigint not null default booking.last_position(),
  updated_at timestamptz not null default now()
);
comment on table booking.event_consumers is
  'Those that follow the log of all tenants, each registered by the migration that brings it: what happens from then '
  'on is theirs. take_events() moves them on.';
comment on column booking.event_consumers.position is 'That of the last event taken; of a new one, where the log was.';

commit;
