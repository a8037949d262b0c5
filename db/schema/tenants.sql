-- A tenant is one customer: nothing of it is visible to another.
begin;
set local role berth_owner;

create table booking.tenants (
  id         uuid primary key default gen_random_uuid(),
  slug       text not null unique check (slug ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
  name       text not null check (name <> '' and length(name) <= 200 and name !~ '[\u0001-\u001f\u007f-\u009f\u2028\u2029]'),
  timezone   text not null default 'UTC' check (length(timezone) <= 63),
  created_at timestamptz not null default now(),
  notes_retention interval check (notes_retention >= '1 day' and notes_retention <= '100 years'),
  log_retention   interval not null default '90 days' check (log_retention >= '1 day' and log_retention <= '100 years'),
  keys_retention     interval not null default '7 days' check (keys_retention >= '1 day' and keys_retention <= '100 years'),
  attempts_retention interval not null default '1 year' check (attempts_retention >= '1 day' and attempts_retention <= '100 years'),
  claims_retention interval check (claims_retention >= '1 day' and claims_retention <= '100 years'),
  events_retention interval check (events_retention >= '1 day' and events_retention <= '100 years'),
  events_kept_since timestamptz,
  pruned_position   bigint not null default 0,
  pruned_id         uuid,
  mails_per_day     integer not null default 50 check (mails_per_day between 0 and 100000)
);
comment on table booking.tenants is 'One customer of this installation.';
comment on column booking.tenants.slug is
  'Short name for the command line and for URLs: lower-case letters, digits and hyphens.';
comment on column booking.tenants.timezone is
  'IANA time zone: the default of its resources, and the zone its quotas count days and weeks in.';
comment on column booking.tenants.notes_retention is
  'For how long after its end a reservation keeps its notes; null: for ever.';
comment on column booking.tenants.log_retention is
  'For how long answers to sync_reservations, and the log of what was mailed, stay.';
comment on column booking.tenants.keys_retention is
  'For how long answers kept for an Idempotency-Key stay; of each member, the newest 100,000.';
comment on column booking.tenants.attempts_retention is
  'For how long what the gateway saw of attempts to book stays, which booking_outcomes() counts.';
comment on column booking.tenants.claims_retention is
  'How far back nothing may be entered any more, so that what blackouts had taken there may go: whole months (UTC) '
  'that ended longer ago; null: claims are kept for ever.';
comment on column booking.tenants.events_retention is
  'For how long after the end of their month (UTC) events stay in the log; null: for ever.';
comment on column booking.tenants.events_kept_since is
  'Of what happened from then on, the log has all; null: of everything.';
comment on column booking.tenants.pruned_position is 'That of the last event that went: the log begins after it.';
comment on column booking.tenants.pruned_id is
  'The highest id of those that went: a cursor that is not known, and not higher, is from before.';
comment on column booking.tenants.mails_per_day is
  'How many mails a member gets in 24 hours at most; what would be more is skipped.';

commit;
