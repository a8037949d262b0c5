-- What each status means, said once. Functions of the same folder as counting_statuses() tell it where a constant is
-- needed.
begin;
set local role berth_owner;

create table booking.reservation_statuses (
  status            booking.reservation_status primary key,
  blocks            text not null check (blocks in ('always', 'by default', 'by choice', 'never')),
  runs_out          boolean not null,
  is_final          boolean not null,
  falls_through     boolean not null,
  counts_for_quotas boolean not null,
  is_use            boolean not null,
  calendar_status   text not null check (calendar_status in ('CONFIRMED', 'TENTATIVE', 'CANCELLED')),
  check (is_final = (blocks = 'never') and (is_final or not falls_through))
);
comment on table booking.reservation_statuses is
  'What each status of a reservation means; nothing else lists statuses for that.';
comment on column booking.reservation_statuses.blocks is
  'Whether its reservations take time: always, unless or only where a resource''s blocking_statuses say so, or never.';
comment on column booking.reservation_statuses.runs_out is 'Whether it ends at expires_at.';
comment on column booking.reservation_statuses.is_final is
  'Whether nobody changes it any more; a payment that comes too late may.';
comment on column booking.reservation_statuses.falls_through is
  'Whether a reservation of this status neither takes place nor ever will.';
comment on column booking.reservation_statuses.counts_for_quotas is
  'Whether it counts for quotas: kept or missed, it still does.';
comment on column booking.reservation_statuses.is_use is
  'Whether it counts as use of the resource: it takes place, took place, or was kept for somebody who did not come.';
comment on column booking.reservation_statuses.calendar_status is
  'STATUS of RFC 5545, as calendars show it. What is CANCELLED they leave out.';

insert into booking.reservation_statuses
  (status,       blocks,       runs_out, is_final, falls_through, counts_for_quotas, is_use, calendar_status) values
  ('tentative',  'by choice',  false,    false,    false,         false,             false,  'TENTATIVE'),
  ('held',       'by default', true,     false,    false,         true,              false,  'TENTATIVE'),
  ('pencilled',  'by default', true,     false,    false,         true,              false,  'TENTATIVE'),
  ('pending',    'by choice',  false,    false,    false,         true,              false,  'TENTATIVE'),
  ('confirmed',  'always',     false,    false,    false,         true,              true,   'CONFIRMED'),
  ('checked_in', 'always',     false,    false,    false,         true,              true,   'CONFIRMED'),
  ('completed',  'never',      false,    true,     false,         true,              true,   'CONFIRMED'),
  ('rejected',   'never',      false,    true,     true,          false,             false,  'CANCELLED'),
  ('cancelled',  'never',      false,    true,     true,          false,             false,  'CANCELLED'),
  ('expired',    'never',      false,    true,     true,          false,             false,  'CANCELLED'),
  ('no_show',    'never',      false,    true,     false,         true,              true,   'CANCELLED'),
  ('displaced',  'never',      false,    true,     true,          false,             false,  'CANCELLED');

commit;
