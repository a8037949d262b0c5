-- What a tenant demands of reservations: of all, of those of one kind of resource, or of one resource.
begin;
set local role berth_owner;

create table booking.booking_rules (
  tenant_id            uuid not null references booking.tenants (id),
  id                   uuid not null default gen_random_uuid(),
  kind                 text check (length(kind) <= 50),
  resource_id          uuid,
  min_duration         interval check (min_duration > '0' and min_duration <= '10 years'),
  max_duration         interval check (max_duration > '0' and max_duration <= '10 years'),
  slot_step            interval check (slot_step >= '1 minute' and slot_step <= '24:00'),
  min_notice           interval check (min_notice between '0' and '10 years'),
  max_advance          interval check (max_advance between '0' and '100 years'),
  buffer_before        interval check (buffer_before between '0' and '30 days'),
  buffer_after         interval check (buffer_after between '0' and '30 days'),
  max_per_day          integer check (max_per_day >= 1),
  max_per_week         integer check (max_per_week >= 1),
  max_hours_per_week   numeric check (max_hours_per_week > 0 and max_hours_per_week <= 168),
  max_occurrences      integer check (max_occurrences between 1 and 1000),
  cancel_cutoff        interval check (cancel_cutoff between '0' and '10 years'),
  hold_ttl             interval check (hold_ttl > '0' and hold_ttl <= '10 years'),
  pencil_ttl           interval check (pencil_ttl > '0' and pencil_ttl <= '10 years'),
  min_pencil_ttl       interval check (min_pencil_ttl > '0' and min_pencil_ttl <= '10 years'),
  max_pencil_ttl       interval check (max_pencil_ttl > '0' and max_pencil_ttl <= '10 years'),
  offer_ttl            interval check (offer_ttl > '0' and offer_ttl <= '10 years'),
  check_in_opens       interval check (check_in_opens between '0' and '10 years'),
  no_show_grace        interval check (no_show_grace between '0' and '10 years'),
  max_no_shows         integer check (max_no_shows >= 1),
  no_show_window       interval check (no_show_window > '0' and no_show_window <= '10 years'),
  allow_preemption     boolean,
  max_priority         integer,
  approval_stale_after interval check (approval_stale_after > '0' and approval_stale_after <= '10 years'),
  near_capacity_ratio  numeric check (near_capacity_ratio > 0 and near_capacity_ratio <= 1),
  near_blackout_window interval check (near_blackout_window between '0' and '10 years'),
  max_per_month        integer check (max_per_month >= 1),
  max_concurrent       integer check (max_concurrent >= 1),
  min_gap              interval check (min_gap > '0' and min_gap <= '30 days'),
  max_hold             interval check (max_hold > '0' and max_hold <= '10 years'),
  max_waits            integer check (max_waits >= 1),
  max_tentative        integer check (max_tentative >= 1),
  primary key (tenant_id, id),
  unique nulls not distinct (tenant_id, resource_id, kind),
  foreign key (tenant_id, resource_id) references booking.resources (tenant_id, id) on delete cascade,
  constraint kind_or_resource_id check (kind is null or resource_id is null),
  constraint min_pencil_ttl_and_max_pencil_ttl check (min_pencil_ttl <= max_pencil_ttl),
  constraint min_duration_and_max_duration check (min_duration <= max_duration)
);
comment on table booking.booking_rules is
  'Rules of the tenant (kind and resource_id null), of a kind of resource, or of one resource. The most specific '
  'value that is not null wins, column by column. Spans are elapsed time, a day being 24 hours, but for min_duration '
  'and max_duration, whose days are those of the calendar; of at most 10 years.';
comment on column booking.booking_rules.min_duration is
  'The shortest a reservation may be (422 too_short). Days, months and years count by the calendar of the resource''s '
  'zone: a day of 23 or 25 hours is a day, while 24:00 is 24 hours, unless slot_step is a day. Where nothing is set: '
  'any length.';
comment on column booking.booking_rules.max_duration is
  'The longest a reservation may be (422 too_long); days count as for min_duration. Where nothing is set: any length.';
comment on column booking.booking_rules.slot_step is
  'Start and end lie on a grid of this step from midnight on, by the wall clock of the resource (422 off_grid); at '
  'least a minute, at most a day. Where nothing is set: anywhere.';
comment on column booking.booking_rules.min_notice is
  'How long before its start it must be made (422 too_soon). Where nothing is set: until it is over.';
comment on column booking.booking_rules.max_advance is
  'How long before its start it can be made at the earliest (422 too_far_ahead). Where nothing is set: any time ahead.';
comment on column booking.booking_rules.buffer_before is
  'Time it takes before its start, for setting up; added to what the one before it takes. At most 30 days. Where '
  'nothing is set: none.';
comment on column booking.booking_rules.buffer_after is
  'Time it takes after its end, for cleaning; added to what the next one takes before. At most 30 days. Where nothing '
  'is set: none.';
comment on column booking.booking_rules.max_per_day is
  'How many reservations a member has that begin on one day, in the tenant''s time zone (422 quota_exceeded), among '
  'those that the row is for: the tenant''s, a kind''s, or a resource''s. Tentative ones, and what never took place, '
  'do not count. Where nothing is set: any number.';
comment on column booking.booking_rules.max_per_week is 'The same of a week, which begins on Monday.';
comment on column booking.booking_rules.max_hours_per_week is
  'How many hours of a week they have together, each hour counting in the week where it lies.';
comment on column booking.booking_rules.max_per_month is 'The same of a calendar month.';
comment on column booking.booking_rules.max_concurrent is
  'How many bookings one member has at the same moment, over all resources that the row is for (422 '
  'too_many_at_once). Where nothing is set: any number.';
comment on column booking.booking_rules.min_gap is
  'A booking leaves no gap to its neighbours on the resource that is shorter than this (422 leaves_gap); right beside '
  'them is fine. Buffers count as taken. For resources with one unit. Where nothing is set: any gap.';
comment on column booking.booking_rules.cancel_cutoff is
  'So long before the start a member can no longer cancel what is confirmed, or move it away (422 '
  'cancel_cutoff_passed); a manager can, with a reason. Where nothing is set: until it begins and after.';
comment on column booking.booking_rules.hold_ttl is
  'How long a hold lasts, and how long extend_hold renews it for. Where nothing is set: 30 minutes.';
comment on column booking.booking_rules.pencil_ttl is
  'How long a pencilled reservation lasts if its own pencil_ttl is not given. Where nothing is set: 48 hours.';
comment on column booking.booking_rules.min_pencil_ttl is
  'The shortest pencil_ttl a reservation may be given. Where nothing is set: 24 hours.';
comment on column booking.booking_rules.max_pencil_ttl is
  'The longest pencil_ttl a reservation may be given. Where nothing is set: 48 hours.';
comment on column booking.booking_rules.offer_ttl is
  'How long an offer from the waitlist stands. Where nothing is set: 2 hours.';
comment on column booking.booking_rules.check_in_opens is
  'How long before its start a reservation can be checked in. Where nothing is set: any time before its end.';
comment on column booking.booking_rules.no_show_grace is
  'A confirmed reservation that is not checked in so long after its start (or after it was confirmed, if that was '
  'later) is a no-show. Where nothing is set: nobody needs to check in.';
comment on column booking.booking_rules.max_no_shows is
  'A member with so many no-shows within no_show_window is suspended: makes no new reservations (422 suspended).';
comment on column booking.booking_rules.no_show_window is 'How far back no-shows count. Where nothing is set: 30 days.';
comment on column booking.booking_rules.allow_preemption is
  'Whether a request of strictly higher priority displaces held and pencilled reservations. Where nothing is set: no.';
comment on column booking.booking_rules.max_priority is
  'The highest priority a member may ask for; approvers and above any. Where nothing is set: 0.';
comment on column booking.booking_rules.approval_stale_after is
  'A request that waits longer for approval is stale: event approval.stale. Where nothing is set: never.';
comment on column booking.booking_rules.near_capacity_ratio is
  'The share from which on check_reservation_conflict advises near_capacity: of a pool''s units that would then be in '
  'use at once, and of the day''s open time that would then be booked. Where nothing is set: 1, the last of it.';
comment on column booking.booking_rules.near_blackout_window is
  'How close a blackout may end or begin before check_reservation_conflict advises near_blackout. Where nothing is '
  'set: an hour.';
comment on column booking.booking_rules.max_hold is
  'How long a reservation can be held in all, from when it is first held until it expires, however often it is '
  'extended or pencilled in (422 too_far_ahead); never shorter than hold_ttl or pencil_ttl. Where nothing is set: 24 '
  'hours for what is held; for what is pencilled 30 days, or max_pencil_ttl if that is longer.';
comment on column booking.booking_rules.max_waits is
  'How many entries of the waitlist a member has at once, waiting or offered (422 quota_exceeded), among those that '
  'the row is for: the tenant''s, a kind''s, or a resource''s. Where nothing is set: 20 in the tenant.';
comment on column booking.booking_rules.max_tentative is
  'How many tentative and pending reservations still to come a member has at once (422 quota_exceeded), among those '
  'that the row is for. Where nothing is set: 500 in the tenant.';
comment on column booking.booking_rules.max_occurrences is
  'How many occurrences a series has at most, 1,000 being the most there is. Where nothing is set: 1,000.';

create view api.booking_rules with (security_invoker = true) as
select * -- managers write rows of the table through it
  from booking.booking_rules;
comment on view api.booking_rules is
  'What the tenant demands of reservations: one row for the tenant, a kind, or a resource_id; the most specific value '
  'that is not null wins. '
  'Members read; managers also insert, update and delete here (403 forbidden for others, 400 invalid_argument for bad '
  'values, 404 not_found for an unknown resource, 409 duplicate_id for a second row of the same scope).';

commit;
