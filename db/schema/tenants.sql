-- A tenant is one customer: nothing of it is visible to another.
begin;
set local role berth_owner;

create table booking.tenants (
  id         uuid primary key default gen_random_uuid(),
  slug       text not null unique check (slug ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
  name       text not null check (name <> ''),
  timezone   text not null default 'UTC',
  created_at timestamptz not null default now()
);
comment on table booking.tenants is 'One customer of this installation.';
comment on column booking.tenants.slug is 'Short name for the command line and for URLs: lower-case letters, digits and hyphens.';
comment on column booking.tenants.timezone is 'IANA time zone: the default of its resources, and the zone its quotas count days and weeks in.';

commit;
