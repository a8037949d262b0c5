-- A recurrence rule once it has been read.
begin;
set local role berth_owner;

create type booking.recurrence_day as (
  ordinal integer,
  weekday integer
);
comment on type booking.recurrence_day is
  'A value of BYDAY: the ISO weekday (1 = Monday) and which of them in its month or year, negative from the end; null '
  'for every one.';

create type booking.recurrence as (
  freq         text,
  every        integer,
  count        integer,
  until        timestamptz,
  by_month     integer[],
  by_week_no   integer[],
  by_year_day  integer[],
  by_month_day integer[],
  by_day       booking.recurrence_day[],
  by_hour      integer[],
  by_minute    integer[],
  by_second    integer[],
  by_set_pos   integer[],
  week_start   integer
);
comment on type booking.recurrence is
  'An RRULE of RFC 5545, each part in the field of its name (INTERVAL in every, WKST in week_start); null where the '
  'rule does not say.';

commit;
