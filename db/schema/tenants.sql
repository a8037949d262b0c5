-- A tenant is one customer: nothing of it is visible to another.
begin;
set local role berth_owner;

create table booking.tenants (
  id         uuid primary key default gen_random_uuid(),
  slug       text not null unique check (slug ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
  name       text not null check (name <> ''),
  timezone   text not null default 'UTC',
  created_at timestamptz not null default now(),
  notes_retention interval check (notes_retention >= '1 day' and notes_retention <= '100 years'),
  log_retention   interval not null default '90 days' check (log_retention >= '1 day' and log_retention <= '100 years')
);
comment on table booking.tenants is 'One customer of this installation.';
comment on column booking.tenants.slug is 'Short name for the command line and for URLs: lower-case letters, digits and hyphens.';
comment on column booking.tenants.timezone is 'IANA time zone: the default of its resources, and the zone its quotas count days and weeks in.';
comment on column booking.tenants.notes_retention is 'For how long after its end a reservation keeps its notes; null: for ever.';
comment on column booking.tenants.log_retention is 'For how long answers kept for repeats, and the log of what was mailed, stay.';

commit;
