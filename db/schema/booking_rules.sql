-- What a tenant demands of reservations: of all, of those of one kind of resource, or of one resource.
begin;
set local role berth_owner;

create table booking.booking_rules (
  tenant_id            uuid not null references booking.tenants (id),
  id                   uuid not null default gen_random_uuid(),
  kind                 text,
  resource_id          uuid,
  hold_ttl             interval check (hold_ttl > '0' and hold_ttl <= '10 years'),
  pencil_ttl           interval check (pencil_ttl > '0' and pencil_ttl <= '10 years'),
  min_pencil_ttl       interval check (min_pencil_ttl > '0' and min_pencil_ttl <= '10 years'),
  max_pencil_ttl       interval check (max_pencil_ttl > '0' and max_pencil_ttl <= '10 years'),
  check_in_opens       interval check (check_in_opens between '0' and '10 years'),
  no_show_grace        interval check (no_show_grace between '0' and '10 years'),
  max_no_shows         integer check (max_no_shows >= 1),
  no_show_window       interval check (no_show_window > '0' and no_show_window <= '10 years'),
  allow_preemption     boolean,
  max_priority         integer,
  approval_stale_after interval check (approval_stale_after > '0' and approval_stale_after <= '10 years'),
  max_occurrences      integer check (max_occurrences between 1 and 10000),
  primary key (tenant_id, id),
  unique nulls not distinct (tenant_id, resource_id, kind),
  foreign key (tenant_id, resource_id) references booking.resources (tenant_id, id) on delete cascade,
  check (kind is null or resource_id is null),
  check (min_pencil_ttl <= max_pencil_ttl)
);
comment on table booking.booking_rules is
  'Rules of the tenant (kind and resource_id null), of a kind of resource, or of one resource. The most specific value that is not null wins, column by column. Spans are elapsed time, a day being 24 hours, of at most 10 years.';
comment on column booking.booking_rules.hold_ttl is 'How long a hold lasts, and how long extend_hold renews it for. Where nothing is set: 30 minutes.';
comment on column booking.booking_rules.pencil_ttl is 'How long a pencilled reservation lasts if its own pencil_ttl is not given. Where nothing is set: 48 hours.';
comment on column booking.booking_rules.min_pencil_ttl is 'The shortest pencil_ttl a reservation may be given. Where nothing is set: 24 hours.';
comment on column booking.booking_rules.max_pencil_ttl is 'The longest pencil_ttl a reservation may be given. Where nothing is set: 48 hours.';
comment on column booking.booking_rules.check_in_opens is 'How long before its start a reservation can be checked in. Where nothing is set: any time before its end.';
comment on column booking.booking_rules.no_show_grace is
  'A confirmed reservation that is not checked in so long after its start (or after it was confirmed, if that was later) is a no-show. Where nothing is set: nobody needs to check in.';
comment on column booking.booking_rules.max_no_shows is 'A member with so many no-shows within no_show_window is suspended: makes no new reservations (422 suspended).';
comment on column booking.booking_rules.no_show_window is 'How far back no-shows count. Where nothing is set: 30 days.';
comment on column booking.booking_rules.allow_preemption is 'Whether a request of strictly higher priority displaces held and pencilled reservations. Where nothing is set: no.';
comment on column booking.booking_rules.max_priority is 'The highest priority a member may ask for; approvers and above any. Where nothing is set: any.';
comment on column booking.booking_rules.approval_stale_after is 'A request that waits longer for approval is stale: event approval.stale. Where nothing is set: never.';
comment on column booking.booking_rules.max_occurrences is 'How many occurrences a series has at most, 10,000 being the most there is. Where nothing is set: 1,000.';

create view api.booking_rules with (security_invoker = true) as
select * -- managers write rows of the table through it
  from booking.booking_rules;
comment on view api.booking_rules is
  'What the tenant demands of reservations: one row for the tenant, a kind, or a resource_id; the most specific value that is not null wins. '
  'Members read; managers also insert, update and delete here (403 forbidden for others, 400 invalid_argument for bad values, 404 not_found for an unknown resource, 409 duplicate_id for a second row of the same scope).';

commit;
