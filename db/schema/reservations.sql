-- One reservation: one resource, one range of time, some units.
begin;
set local role berth_owner;

create table booking.reservations (
  id                 uuid not null default gen_random_uuid(),
  tenant_id          uuid not null,
  resource_id        uuid not null,
  status             booking.reservation_status not null default 'confirmed',
  starts_at          timestamptz not null,
  ends_at            timestamptz not null,
  buffer_before      interval not null,
  buffer_after       interval not null,
  units              integer not null default 1,
  unit               integer,
  title              varchar(500) not null default '',
  notes              varchar(10000),
  owner_id           uuid,
  priority           integer not null default 0,
  version            integer not null default 1,
  expires_at         timestamptz,
  status_reason      varchar(1000),
  series_id          uuid,
  original_starts_at timestamptz,
  bundle_id          uuid,
  waitlist_entry_id  uuid,
  source_module      varchar(63),
  source_id          varchar(200),
  payment_status     text,
  amount_due         numeric,
  currency           varchar(3),
  is_late            boolean not null default false,
  metadata           jsonb not null default '{}',
  status_since       timestamptz not null default booking.now(),
  moved_at           timestamptz,
  created_at         timestamptz not null default booking.now(),
  updated_at         timestamptz not null default booking.now(),
  primary key (tenant_id, id),
  foreign key (tenant_id, resource_id) references booking.resources (tenant_id, id),
  foreign key (tenant_id, series_id) references booking.series (tenant_id, id),
  foreign key (tenant_id, bundle_id) references booking.bundles (tenant_id, id),
  foreign key (tenant_id, waitlist_entry_id) references booking.waitlist_entries (tenant_id, id),
  check (booking.is_well_formed(status, starts_at, ends_at, buffer_before, buffer_after, units, unit, expires_at, payment_status, metadata))
);
create index reservations_by_resource on booking.reservations (tenant_id, resource_id, starts_at);
-- Whoever looks for what lies over a time need not read all that began before.
create index long_reservations on booking.reservations (tenant_id, resource_id, ends_at) where ends_at - starts_at > interval '24:00';
create index reservations_by_unit on booking.reservations (tenant_id, resource_id, unit) where unit is not null;
create index reservations_by_owner on booking.reservations (tenant_id, owner_id, starts_at);
-- For max_tentative: what a member has asked for and nobody has decided.
create index reservations_undecided_by_owner on booking.reservations (tenant_id, owner_id) where status in ('tentative', 'pending');
-- For quotas of hours: what began long before a week and may still lie in it.
create index reservations_of_days on booking.reservations (tenant_id, owner_id, starts_at) where ends_at - starts_at > interval '24:00';
create index reservations_by_series on booking.reservations (tenant_id, series_id, original_starts_at) where series_id is not null;
create index reservations_by_bundle on booking.reservations (tenant_id, bundle_id) where bundle_id is not null;
create index reservations_by_waitlist_entry on booking.reservations (tenant_id, waitlist_entry_id) where waitlist_entry_id is not null;
create unique index one_offer_at_a_time on booking.reservations (tenant_id, waitlist_entry_id) where waitlist_entry_id is not null and expires_at is not null;
-- For notes that are kept no longer.
create index reservations_with_notes on booking.reservations (tenant_id, ends_at) where notes is not null;
-- For the sweep, which looks for what is due in all tenants at once; each holds only what is still to come.
create index reservations_to_expire on booking.reservations (expires_at, tenant_id, resource_id) where expires_at is not null;
create index reservations_to_decide on booking.reservations (ends_at) where status in ('tentative', 'pending');
create index reservations_to_end on booking.reservations (starts_at) where status in ('confirmed', 'checked_in');

comment on table booking.reservations is
  'Who wants what, when, and how far it has come. Claims and events follow by trigger, whoever writes.';
comment on column booking.reservations.starts_at is
  'Ranges are half-open, [starts_at, ends_at): 09:00–10:00 and 10:00–11:00 do not conflict.';
comment on column booking.reservations.buffer_before is
  'Time it takes before its start, as the rule buffer_before was when it was made or moved.';
comment on column booking.reservations.buffer_after is
  'Time it takes after its end, as the rule buffer_after was when it was made or moved.';
comment on column booking.reservations.units is 'How many of the resource''s units it takes.';
comment on column booking.reservations.unit is 'Pins the reservation to this unit; null takes any.';
comment on column booking.reservations.owner_id is
  'The member it belongs to; null for one that a row of an attached module has made.';
comment on column booking.reservations.source_module is
  'Where it comes from, as its owner says. With an owner it is a note, and no module takes it for its own.';
comment on column booking.reservations.series_id is 'The series it is an occurrence of.';
comment on column booking.reservations.bundle_id is 'The bundle it stands or falls with.';
comment on column booking.reservations.waitlist_entry_id is 'The wait that this was offered for.';
comment on column booking.reservations.priority is
  'Where the rule allow_preemption says so, a request of strictly higher priority displaces held and pencilled ones.';
comment on column booking.reservations.expires_at is
  'When a held or pencilled reservation expires: from this instant it is nobody''s, whether or not its status says so '
  'yet. Null in any other status.';
comment on column booking.reservations.status_since is 'Since when it has its present status.';
comment on column booking.reservations.moved_at is
  'When it was last moved to another start or resource; null if never. The rule no_show_grace counts from then, too.';
comment on column booking.reservations.version is
  'Rises by one with every change; pass it as expected_version to change only what you have seen.';
comment on column booking.reservations.status_reason is 'Why it has its present status.';
comment on column booking.reservations.payment_status is
  'Null: it costs nothing. quoted: to be paid once it is approved; unpaid: to be paid now; paid; waived: a manager '
  'confirmed it without. What is to be given back is in payments.';
comment on column booking.reservations.amount_due is 'Its price, in currency, as it was when it was booked.';
comment on column booking.reservations.is_late is
  'Cancelled after the rule''s cancel_cutoff; or, where there is none and it was paid for, after it had begun and '
  'without override. What was paid is not given back.';
comment on column booking.reservations.original_starts_at is
  'In a series: the start its rule gave it, before it was moved.';

create view api.reservations with (security_invoker = true) as
select * -- the functions return rows of the table as rows of this view
  from booking.reservations;
comment on view api.reservations is
  'Reservations: a member''s own; all of the tenant''s for approvers and above. Others'' time is in calendar, as busy.';

commit;
