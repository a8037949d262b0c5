-- Tables of other modules whose rows book through Berth.
begin;
set local role berth_owner;

create table booking.modules (
  source_table regclass primary key,
  module       text not null check (length(module) between 1 and 63),
  columns      jsonb not null check (pg_column_size(columns) <= 16384),
  granted      text[] not null default '{}' check (booking.is_short_list(granted, 100, 1000))
);
comment on table booking.modules is
  'The tables that attach_module() has attached, of all tenants: each of their rows has a reservation, as long as it '
  'wants one.';
comment on column booking.modules.module is 'The source_module of their reservations.';
comment on column booking.modules.columns is
  'What the table calls tenant_id, id, resource_id, starts_at, ends_at, status, title and flag, and the values of '
  'status that mean cancelled.';
comment on column booking.modules.granted is
  'What berth_owner was given for it (usage, select, update), and detach_module() takes back.';

-- Reservations of no module pay nothing for it; and there are none yet.
-- squawk-ignore require-concurrent-index-creation
create index reservations_by_source on booking.reservations (tenant_id, source_module, source_id) where source_module is not null;

create type booking.module_row as (
  tenant_id   uuid,
  id          text,
  resource_id uuid,
  starts_at   timestamptz,
  ends_at     timestamptz,
  title       text,
  is_live     boolean
);
comment on type booking.module_row is
  'A row of a module''s table, as far as it matters to its reservation; is_live if it wants one.';

create type booking.module_conflict as (
  tenant_id uuid,
  id        text,
  code      text,
  hint      text,
  details   jsonb,
  other_ids text[]
);
comment on type booking.module_conflict is
  'A row of a module''s table that cannot have its reservation: the refusal, and the rows of the table that have its '
  'time.';

commit;
