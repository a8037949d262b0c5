-- Which rules there are. A rule that refuses bookings adds its row in its own file, db/functions/rules/<rule>.sql.
begin;
set local role berth_owner;

create table booking.rule_definitions (
  rule          text primary key,
  ordinal      smallint not null unique,
  default_value text,
  refuses       text,
  is_met        text,
  is_counted    boolean not null default false,
  counts_per    text check (counts_per in ('day', 'week', 'month')),
  check (is_counted or counts_per is null)
);
comment on table booking.rule_definitions is
  'The rules: one row for each rule of booking_rules. The same for every tenant.';
comment on column booking.rule_definitions.rule is
  'The column of booking_rules. Where a function check_<rule> exists, it says what the rule refuses; where a function '
  'narrow_<rule> exists, which starts it leaves to a search.';
comment on column booking.rule_definitions.ordinal is
  'Violations are listed in this order; the first one gives its slug to the refusal.';
comment on column booking.rule_definitions.refuses is 'The slug of its violations.';
comment on column booking.rule_definitions.is_met is
  'An SQL expression over the assessment a: true where the rule, if set, has nothing against it. compile_rules() joins '
  'those of all rules into one, and check_<rule> is called only where it is not true. If null, check_<rule> decides.';
comment on column booking.rule_definitions.is_counted is
  'Whether it counts what else the owner has booked: then it is asked once more after the write, in turn with their '
  'other bookings.';
comment on column booking.rule_definitions.counts_per is
  'It limits what the owner has in each such period, in the tenant''s time zone. check_quota() and narrow_by_quota() '
  'serve these rules, so that they need no function of their own.';
comment on column booking.rule_definitions.default_value is
  'What counts where nobody has set the rule, as text; null sets no limit.';

-- Values that others read; they refuse nothing by themselves.
insert into booking.rule_definitions (rule, ordinal, default_value, refuses) values
  ('buffer_before', 101, '0', 'slot_taken'),
  ('buffer_after',  102, '0', 'slot_taken');
insert into booking.rule_definitions (rule, ordinal, default_value) values
  ('max_occurrences',      103, '1000'),
  ('cancel_cutoff',        104, null),
  ('hold_ttl',             105, '30 minutes'),
  ('pencil_ttl',           106, '48 hours'),
  ('min_pencil_ttl',       107, '24 hours'),
  ('max_pencil_ttl',       108, '48 hours'),
  ('offer_ttl',            109, '2 hours'),
  ('check_in_opens',       110, null),
  ('no_show_grace',        111, null),
  ('no_show_window',       112, '30 days'),
  ('allow_preemption',     113, 'false'),
  ('max_priority',         114, '0'),
  ('approval_stale_after', 115, null),
  ('near_capacity_ratio',  116, '1'),
  ('near_blackout_window', 117, '1 hour'),
  ('max_hold',             118, null),
  ('max_waits',            119, '20'),
  ('max_tentative',        120, '500');

commit;
