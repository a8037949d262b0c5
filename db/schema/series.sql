-- What recurs: the rule here, its occurrences ordinary rows of reservations.
begin;
set local role berth_owner;

create table booking.series (
  id           uuid not null default gen_random_uuid(),
  tenant_id    uuid not null,
  resource_id  uuid not null,
  rrule        text check (length(rrule) <= 2100),
  local_start  timestamp not null,
  timezone     text not null check (length(timezone) <= 63),
  duration     interval check (duration > '0' and duration <= '10 years'),
  local_end    timestamp,
  rdates       timestamp[] not null default '{}' check (cardinality(rdates) <= 10000),
  exdates      timestamp[] not null default '{}' check (cardinality(exdates) <= 10000),
  dst_gap      text not null default 'skip' check (dst_gap in ('skip', 'shift')),
  title        varchar(500) not null default '',
  owner_id     uuid,
  version      integer not null default 1,
  cancelled_at timestamptz,
  created_at   timestamptz not null default booking.now(),
  updated_at   timestamptz not null default booking.now(),
  primary key (tenant_id, id),
  foreign key (tenant_id, resource_id) references booking.resources (tenant_id, id),
  check (rrule is not null or rdates <> '{}'),
  check ((duration is null) <> (local_end is null)),
  check (local_start < local_end)
);
create index series_by_resource on booking.series (tenant_id, resource_id);

comment on table booking.series is
  'Recurring reservations. The rule is unrolled once, into ordinary rows of reservations with series_id; edits change '
  'those and keep the rule in step with them.';
comment on column booking.series.resource_id is 'The resource of all occurrences but those that were moved to another.';
comment on column booking.series.rrule is 'The RRULE of RFC 5545; null where rdates alone say when.';
comment on column booking.series.local_start is
  'DTSTART by the wall clock of timezone: where the rule begins to count. It is an occurrence only if the rule yields '
  'it.';
comment on column booking.series.duration is
  'How long each occurrence lasts, as elapsed time; or null, and local_end says.';
comment on column booking.series.local_end is
  'The end that belongs to local_start, by the wall clock: each occurrence ends as much later by the clock on the '
  'wall.';
comment on column booking.series.rdates is 'RDATE: local starts beside those of the rule.';
comment on column booking.series.exdates is
  'EXDATE: local starts that the rule would yield and that are no occurrences. A deleted occurrence is one of them, '
  'and never returns.';
comment on column booking.series.dst_gap is
  'What becomes of a start that the wall clock jumps over: skip, it is none (RFC 5545 3.3.10); shift, it is later by '
  'the jump.';
comment on column booking.series.owner_id is 'The member it belongs to.';
comment on column booking.series.version is
  'Rises by one with every change of the series; pass it as expected_version.';
comment on column booking.series.cancelled_at is 'Since when no more of it takes place.';

create view api.series with (security_invoker = true) as
select id, tenant_id, resource_id, rrule, local_start, timezone, duration, local_end, rdates, exdates, dst_gap,
       title, owner_id, version, cancelled_at, created_at, updated_at
  from booking.series;
comment on view api.series is
  'Recurring reservations: a member''s own; all of the tenant''s for approvers and above. select=*,reservations(*) '
  'brings the occurrences along; series_occurrences() tells what became of each.';

commit;
