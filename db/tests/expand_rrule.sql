-- The occurrences of a rule, against the text of RFC 5545. tests/test_recurrence.py asks python-dateutil about thousands of others.
begin;
select no_plan();
set local timezone = 'Asia/Tokyo'; -- which is to make no difference

create function pg_temp.dates(rule text, dtstart timestamp, zone text default 'America/New_York', most integer default 1000) returns text
language sql
return (
  select string_agg(to_char(local_start, 'YYYY-MM-DD'), ' ' order by starts_at)
    from booking.expand_rrule(rule, dtstart, zone, max_occurrences => most));
comment on function pg_temp.dates(text, timestamp, text, integer) is 'Each with its date; all are to begin at 09:00.';

create function pg_temp.listed(years text) returns text
language sql
as $$
  -- "1997 9: 2 9 10: 7" is 2 and 9 September and 7 October 1997; "2-11" is ten days.
  with tokens as (
    select t, n, count(*) filter (where t ~ '^\d{4}$') over w as y, count(*) filter (where t like '%:') over w as m
      from regexp_split_to_table(years, '\s+') with ordinality u (t, n)
    window w as (order by n)
  ), placed as (
    select n, t, first_value(t) over (partition by y order by n) as year,
           (array_agg(t) filter (where t like '%:') over (partition by m)) [1] as month
      from tokens
  )
  select string_agg(make_date(year::integer, rtrim(month, ':')::integer, d)::text, ' ' order by n, d)
    from placed, generate_series(split_part(t, '-', 1)::integer, coalesce(nullif(split_part(t, '-', 2), ''), t)::integer) d
   where t !~ ':|^\d{4}$'
$$;

select is(pg_temp.listed('1997 9: 2 9-11 10: 7 1998 1: 1'), '1997-09-02 1997-09-09 1997-09-10 1997-09-11 1997-10-07 1998-01-01', 'how the lists are read');

-- 3.8.5.3, all but the rules by the hour and by the minute. What goes on for ever there ends with the last date listed.
select is(pg_temp.dates(rule, (dtstart || ' 09:00')::timestamp), pg_temp.listed(expected), format('RFC 5545: %s', rule))
  from (values
    ('FREQ=DAILY;COUNT=10', '1997-09-02', '1997 9: 2-11'),
    ('FREQ=DAILY;UNTIL=19971224T000000Z', '1997-09-02', '1997 9: 2-30 10: 1-31 11: 1-30 12: 1-23'),
    ('FREQ=DAILY;INTERVAL=2;COUNT=47', '1997-09-02',
     '1997 9: 2 4 6 8 10 12 14 16 18 20 22 24 26 28 30 10: 2 4 6 8 10 12 14 16 18 20 22 24 26 28 30 11: 1 3 5 7 9 11 13 15 17 19 21 23 25 27 29 12: 1 3'),
    ('FREQ=DAILY;INTERVAL=10;COUNT=5', '1997-09-02', '1997 9: 2 12 22 10: 2 12'),
    ('FREQ=YEARLY;UNTIL=20000131T140000Z;BYMONTH=1;BYDAY=SU,MO,TU,WE,TH,FR,SA', '1998-01-01', '1998 1: 1-31 1999 1: 1-31 2000 1: 1-31'),
    ('FREQ=DAILY;UNTIL=20000131T140000Z;BYMONTH=1', '1998-01-01', '1998 1: 1-31 1999 1: 1-31 2000 1: 1-31'),
    ('FREQ=WEEKLY;COUNT=10', '1997-09-02', '1997 9: 2 9 16 23 30 10: 7 14 21 28 11: 4'),
    ('FREQ=WEEKLY;UNTIL=19971224T000000Z', '1997-09-02', '1997 9: 2 9 16 23 30 10: 7 14 21 28 11: 4 11 18 25 12: 2 9 16 23'),
    ('FREQ=WEEKLY;INTERVAL=2;WKST=SU;COUNT=13', '1997-09-02', '1997 9: 2 16 30 10: 14 28 11: 11 25 12: 9 23 1998 1: 6 20 2: 3 17'),
    ('FREQ=WEEKLY;UNTIL=19971007T000000Z;WKST=SU;BYDAY=TU,TH', '1997-09-02', '1997 9: 2 4 9 11 16 18 23 25 30 10: 2'),
    ('FREQ=WEEKLY;COUNT=10;WKST=SU;BYDAY=TU,TH', '1997-09-02', '1997 9: 2 4 9 11 16 18 23 25 30 10: 2'),
    ('FREQ=WEEKLY;INTERVAL=2;UNTIL=19971224T000000Z;WKST=SU;BYDAY=MO,WE,FR', '1997-09-01',
     '1997 9: 1 3 5 15 17 19 29 10: 1 3 13 15 17 27 29 31 11: 10 12 14 24 26 28 12: 8 10 12 22'),
    ('FREQ=WEEKLY;INTERVAL=2;COUNT=8;WKST=SU;BYDAY=TU,TH', '1997-09-02', '1997 9: 2 4 16 18 30 10: 2 14 16'),
    ('FREQ=MONTHLY;COUNT=10;BYDAY=1FR', '1997-09-05', '1997 9: 5 10: 3 11: 7 12: 5 1998 1: 2 2: 6 3: 6 4: 3 5: 1 6: 5'),
    ('FREQ=MONTHLY;UNTIL=19971224T000000Z;BYDAY=1FR', '1997-09-05', '1997 9: 5 10: 3 11: 7 12: 5'),
    ('FREQ=MONTHLY;INTERVAL=2;COUNT=10;BYDAY=1SU,-1SU', '1997-09-07', '1997 9: 7 28 11: 2 30 1998 1: 4 25 3: 1 29 5: 3 31'),
    ('FREQ=MONTHLY;COUNT=6;BYDAY=-2MO', '1997-09-22', '1997 9: 22 10: 20 11: 17 12: 22 1998 1: 19 2: 16'),
    ('FREQ=MONTHLY;BYMONTHDAY=-3;COUNT=6', '1997-09-28', '1997 9: 28 10: 29 11: 28 12: 29 1998 1: 29 2: 26'),
    ('FREQ=MONTHLY;COUNT=10;BYMONTHDAY=2,15', '1997-09-02', '1997 9: 2 15 10: 2 15 11: 2 15 12: 2 15 1998 1: 2 15'),
    ('FREQ=MONTHLY;COUNT=10;BYMONTHDAY=1,-1', '1997-09-30', '1997 9: 30 10: 1 31 11: 1 30 12: 1 31 1998 1: 1 31 2: 1'),
    ('FREQ=MONTHLY;INTERVAL=18;COUNT=10;BYMONTHDAY=10,11,12,13,14,15', '1997-09-10', '1997 9: 10-15 1999 3: 10-13'),
    ('FREQ=MONTHLY;INTERVAL=2;BYDAY=TU;COUNT=18', '1997-09-02', '1997 9: 2 9 16 23 30 11: 4 11 18 25 1998 1: 6 13 20 27 3: 3 10 17 24 31'),
    ('FREQ=YEARLY;COUNT=10;BYMONTH=6,7', '1997-06-10',
     '1997 6: 10 7: 10 1998 6: 10 7: 10 1999 6: 10 7: 10 2000 6: 10 7: 10 2001 6: 10 7: 10'),
    ('FREQ=YEARLY;INTERVAL=2;COUNT=10;BYMONTH=1,2,3', '1997-03-10',
     '1997 3: 10 1999 1: 10 2: 10 3: 10 2001 1: 10 2: 10 3: 10 2003 1: 10 2: 10 3: 10'),
    ('FREQ=YEARLY;INTERVAL=3;COUNT=10;BYYEARDAY=1,100,200', '1997-01-01',
     '1997 1: 1 4: 10 7: 19 2000 1: 1 4: 9 7: 18 2003 1: 1 4: 10 7: 19 2006 1: 1'),
    ('FREQ=YEARLY;BYDAY=20MO;COUNT=3', '1997-05-19', '1997 5: 19 1998 5: 18 1999 5: 17'),
    ('FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO;COUNT=3', '1997-05-12', '1997 5: 12 1998 5: 11 1999 5: 17'),
    ('FREQ=YEARLY;BYMONTH=3;BYDAY=TH;COUNT=11', '1997-03-13', '1997 3: 13 20 27 1998 3: 5 12 19 26 1999 3: 4 11 18 25'),
    ('FREQ=YEARLY;BYDAY=TH;BYMONTH=6,7,8;COUNT=39', '1997-06-05',
     '1997 6: 5 12 19 26 7: 3 10 17 24 31 8: 7 14 21 28 1998 6: 4 11 18 25 7: 2 9 16 23 30 8: 6 13 20 27 1999 6: 3 10 17 24 7: 1 8 15 22 29 8: 5 12 19 26'),
    ('FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13;COUNT=5', '1997-09-02', '1998 2: 13 3: 13 11: 13 1999 8: 13 2000 10: 13'),
    ('FREQ=MONTHLY;BYDAY=SA;BYMONTHDAY=7,8,9,10,11,12,13;COUNT=10', '1997-09-13',
     '1997 9: 13 10: 11 11: 8 12: 13 1998 1: 10 2: 7 3: 7 4: 11 5: 9 6: 13'),
    ('FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8;COUNT=3', '1996-11-05', '1996 11: 5 2000 11: 7 2004 11: 2'),
    ('FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3', '1997-09-04', '1997 9: 4 10: 7 11: 6'),
    ('FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2;COUNT=7', '1997-09-29', '1997 9: 29 10: 30 11: 27 12: 30 1998 1: 29 2: 26 3: 30'),
    ('FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO', '1997-08-05', '1997 8: 5 10 19 24'),
    ('FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU', '1997-08-05', '1997 8: 5 17 19 31'),
    ('FREQ=MONTHLY;BYMONTHDAY=15,30;COUNT=5', '2007-01-15', '2007 1: 15 30 2: 15 3: 15 30')
  ) as examples (rule, dtstart, expected);

select results_eq(
  $$ select starts_at from booking.expand_rrule('FREQ=DAILY;BYHOUR=9,10,11,12,13,14,15,16;BYMINUTE=0,20,40;COUNT=72', '1997-09-02 09:00', 'America/New_York') $$,
  $$ select d + n * interval '20 min' from generate_series(0, 2) o, lateral (select timestamptz '1997-09-02 09:00-04' + o * interval '24 h') u (d),
                                          generate_series(0, 23) n $$,
  'RFC 5545: every 20 minutes from 9:00 to 16:40 every day');

-- It is 9:00 A.M. EDT and EST alike.
select results_eq(
  $$ select local_start, starts_at from booking.expand_rrule('FREQ=DAILY;COUNT=2', '1997-10-25 09:00', 'America/New_York') $$,
  $$ values (timestamp '1997-10-25 09:00', timestamptz '1997-10-25 13:00+00'), ('1997-10-26 09:00', '1997-10-26 14:00+00') $$,
  'the wall clock says the same on either side of a change');

-- More, from the text of 3.3.10
select is(pg_temp.dates(rule, (dtstart || ' 09:00')::timestamp, 'Europe/Berlin'), pg_temp.listed(expected), format('%s from %s: %s', rule, dtstart, why))
  from (values
    ('FREQ=YEARLY;COUNT=3', '2024-02-29', '2024 2: 29 2028 2: 29 2032 2: 29', 'there is no 29 February in between'),
    ('FREQ=YEARLY;INTERVAL=3;COUNT=2', '2024-02-29', '2024 2: 29 2036 2: 29', 'nor in every leap year'),
    ('FREQ=YEARLY;COUNT=3;BYMONTH=2;BYMONTHDAY=29', '2095-01-01', '2096 2: 29 2104 2: 29 2108 2: 29', 'nor in 2100'),
    ('FREQ=MONTHLY;COUNT=4', '2030-01-31', '2030 1: 31 3: 31 5: 31 7: 31', 'months with a 31st only'),
    ('FREQ=MONTHLY;BYMONTHDAY=-31;COUNT=3', '2030-01-01', '2030 1: 1 3: 1 5: 1', 'from the end too'),
    ('FREQ=YEARLY;BYYEARDAY=366,-366;COUNT=4', '2030-01-01', '2032 1: 1 12: 31 2036 1: 1 12: 31', 'in leap years only'),
    ('FREQ=YEARLY;BYYEARDAY=-1;COUNT=2', '2031-01-01', '2031 12: 31 2032 12: 31', 'the last day'),
    ('FREQ=MONTHLY;BYDAY=5MO;COUNT=3', '2030-01-01', '2030 4: 29 7: 29 9: 30', 'months with five Mondays only'),
    ('FREQ=YEARLY;BYDAY=53MO;COUNT=1', '2030-01-01', '2035 12: 31', 'years with 53 only: 2035 begins on one'),
    ('FREQ=YEARLY;BYWEEKNO=53;BYDAY=MO;COUNT=2', '2030-01-01', '2032 12: 27 2037 12: 28', 'long years'),
    ('FREQ=YEARLY;BYWEEKNO=1;BYDAY=TU;COUNT=3', '2030-01-01', '2030 1: 1 12: 31 2031 12: 30', 'the first week may begin in December'),
    ('FREQ=YEARLY;BYWEEKNO=1;BYDAY=SU;WKST=SU;COUNT=2', '2030-01-01', '2030 12: 29 2032 1: 4', 'and depends on WKST'),
    ('FREQ=YEARLY;BYWEEKNO=2;COUNT=8', '2030-01-01', '2030 1: 7-13 2031 1: 6', 'a week alone is its seven days, as for python-dateutil'),
    ('FREQ=DAILY;COUNT=3', '2030-12-30', '2030 12: 30-31 2031 1: 1', 'over New Year'),
    ('FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,MO;COUNT=4', '2030-12-29', '2030 12: 29 2031 1: 6 12 20', 'weeks begin on Monday'),
    ('FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,MO;WKST=SU;COUNT=4', '2030-12-29', '2030 12: 29-30 2031 1: 12-13', 'or on Sunday'),
    ('FREQ=WEEKLY;BYMONTH=2;COUNT=2', '2030-01-30', '2030 2: 6 13', 'BYMONTH limits weeks'),
    ('FREQ=MONTHLY;BYDAY=1MO,TU;COUNT=5', '2030-01-01', '2030 1: 1 7 8 15 22', 'first Mondays, and all Tuesdays'),
    ('FREQ=YEARLY;BYMONTHDAY=1;BYDAY=1TU,-1WE;COUNT=2', '2030-01-01', '2030 1: 1 2036 1: 1', 'counted within the year'),
    ('FREQ=YEARLY;BYMONTH=9;BYMONTHDAY=1,2,3,4,5,6,7;BYDAY=1MO;COUNT=2', '2030-01-01', '2030 9: 2 2031 9: 1', 'or within the month'),
    ('FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=1,-1,99;COUNT=4', '2030-01-02', '2030 1: 31 2: 1 28 3: 1', 'positions in the whole month, begun or not'),
    ('FREQ=WEEKLY;BYDAY=MO,WE,FR;BYSETPOS=1;COUNT=2', '2030-01-02', '2030 1: 7 14', '"starts at the beginning of the interval": Monday, not DTSTART'),
    ('FREQ=YEARLY;BYDAY=MO;BYSETPOS=-1;COUNT=2', '2030-01-01', '2030 12: 30 2031 12: 29', 'the last of the year'),
    ('FREQ=DAILY;BYMONTHDAY=-1;BYDAY=SU;COUNT=2', '2030-01-01', '2030 3: 31 6: 30', 'limits of limits'),
    ('FREQ=DAILY;INTERVAL=31;BYMONTH=1,2;COUNT=3', '2030-01-01', '2030 1: 1 2: 1 2031 1: 8', 'every 31st day counts on through the months that are left out'),
    ('FREQ=WEEKLY;BYDAY=MO;COUNT=2', '2030-01-08', '2030 1: 14 21', 'DTSTART is an occurrence only if the rule yields it'),
    ('FREQ=DAILY;UNTIL=20300109T080000Z', '2030-01-07', '2030 1: 7-9', 'UNTIL is inclusive, and in UTC: it is 09:00 in Berlin'),
    ('FREQ=DAILY;UNTIL=20300109T075959Z', '2030-01-07', '2030 1: 7-8', 'to the second'),
    ('FREQ=DAILY;UNTIL=20300107T080000Z', '2030-01-07', '2030 1: 7', 'just the first'),
    ('FREQ=DAILY;COUNT=9', '9999-12-30', '9999 12: 30-31', 'the calendar ends with the year 9999')
  ) as examples (rule, dtstart, expected, why);

select is_empty(format('select * from booking.expand_rrule(%L, %L, %L)', rule, '2030-01-08 09:00', 'Europe/Berlin'), format('%s never comes', rule))
  from unnest('{FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30;COUNT=1, FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30;COUNT=1, FREQ=DAILY;INTERVAL=7;BYDAY=MO;COUNT=1,
                FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;INTERVAL=4;COUNT=1, FREQ=DAILY;UNTIL=20290101T000000Z, FREQ=DAILY;BYHOUR=8;UNTIL=20300108T235959Z}'::text[]) rule;

create function pg_temp.times(rule text, dtstart timestamp, zone text, dst_gap text default 'skip') returns text
language sql
return (
  select string_agg(to_char(x.local_start, 'MM-DD HH24:MI') || to_char(x.starts_at at time zone 'UTC', ' (DD HH24:MI)'), ', ' order by x.starts_at)
    from booking.expand_rrule(rule, dtstart, zone, dst_gap => times.dst_gap) x);
comment on function pg_temp.times(text, timestamp, text, text) is 'The wall clock, and the day and time in UTC.';

-- Times of day
select is(pg_temp.times('FREQ=DAILY;BYHOUR=17,9;BYMINUTE=30,0;COUNT=5', '2030-01-07 09:15', 'UTC'),
  '01-07 09:30 (07 09:30), 01-07 17:00 (07 17:00), 01-07 17:30 (07 17:30), 01-08 09:00 (08 09:00), 01-08 09:30 (08 09:30)', 'each day at each, from DTSTART on');
select is(pg_temp.times('FREQ=DAILY;BYHOUR=9,12,17;BYSETPOS=1,-1;COUNT=3', '2030-01-07 10:00', 'UTC'),
  '01-07 17:00 (07 17:00), 01-08 09:00 (08 09:00), 01-08 17:00 (08 17:00)', 'positions in the times of a day');
select is(pg_temp.times('FREQ=WEEKLY;BYDAY=MO,TU;BYHOUR=9,17;BYSETPOS=2,3,-5;COUNT=3', '2030-01-07 09:00', 'UTC'),
  '01-07 17:00 (07 17:00), 01-08 09:00 (08 09:00), 01-14 17:00 (14 17:00)', 'or in all of a week');
select is((select array_agg(to_char(local_start, 'SS.MS')) from booking.expand_rrule('FREQ=DAILY;BYSECOND=0,60;COUNT=3', '2030-01-07 09:00:01', 'UTC')),
  '{59.000,00.000,59.000}', 'without leap seconds 60 is 59');
select is((select count(*) from booking.expand_rrule('FREQ=DAILY;BYSECOND=59,60;UNTIL=20300108T000000Z', '2030-01-07 09:00', 'UTC')), 1::bigint, 'once');
select is((select min(starts_at) from booking.expand_rrule('FREQ=DAILY;COUNT=1', '2030-01-07 09:00:00.25', 'UTC')), '2030-01-07 09:00:00.25+00', 'DTSTART''s own fraction stays');

-- "nonexistent local time ... MUST be ignored and MUST NOT be counted as part of the recurrence set" (3.3.10)
select is(pg_temp.times('FREQ=DAILY;COUNT=3', '2030-03-30 02:30', 'Europe/Berlin'),
  '03-30 02:30 (30 01:30), 04-01 02:30 (01 00:30), 04-02 02:30 (02 00:30)', 'Berlin has no 02:30 on 31 March, and COUNT does not count it');
select is(pg_temp.times('FREQ=DAILY;COUNT=3', '2030-03-30 02:30', 'Europe/Berlin', 'shift'),
  '03-30 02:30 (30 01:30), 03-31 02:30 (31 01:30), 04-01 02:30 (01 00:30)', 'or it is 03:30 that day (3.3.5)');
select is(pg_temp.times('FREQ=DAILY;COUNT=2', '2030-03-09 02:30', 'America/New_York'), '03-09 02:30 (09 07:30), 03-11 02:30 (11 06:30)', 'New York on 10 March');
select is(pg_temp.times('FREQ=DAILY;COUNT=2', '2030-03-09 02:30', 'America/New_York', 'shift'), '03-09 02:30 (09 07:30), 03-10 02:30 (10 07:30)', 'or 03:30 EDT');
select is(pg_temp.times('FREQ=DAILY;COUNT=2', '2030-10-05 02:15', 'Australia/Lord_Howe'), '10-05 02:15 (04 15:45), 10-07 02:15 (06 15:15)', 'half an hour on Lord Howe');
select is(pg_temp.times('FREQ=DAILY;COUNT=2', '2030-10-05 02:15', 'Australia/Lord_Howe', 'shift'), '10-05 02:15 (04 15:45), 10-06 02:15 (05 15:45)', 'or 02:45');
select is(pg_temp.times('FREQ=DAILY;COUNT=1', '2030-03-31 02:30', 'Europe/Berlin'), '04-01 02:30 (01 00:30)', 'DTSTART itself');
select is(pg_temp.times('FREQ=DAILY;UNTIL=20300331T010000Z', '2030-03-30 02:30', 'Europe/Berlin', 'shift'), '03-30 02:30 (30 01:30)', 'UNTIL means the time it is moved to');
select is(pg_temp.times('FREQ=DAILY;BYHOUR=2,3;BYMINUTE=30;COUNT=4', '2030-03-31 00:00', 'Europe/Berlin', 'shift'),
  '03-31 03:30 (31 01:30), 04-01 02:30 (01 00:30), 04-01 03:30 (01 01:30)', 'a time moved to another of the series is the same occurrence');
select is(pg_temp.times('FREQ=DAILY;COUNT=3', '2011-12-29 10:00', 'Pacific/Apia'), '12-29 10:00 (29 20:00), 12-31 10:00 (30 20:00), 01-01 10:00 (31 20:00)', 'Samoa left out a whole day');

-- "if the local time described occurs more than once ... the DATE-TIME value refers to the first occurrence" (3.3.5)
select is(pg_temp.times('FREQ=DAILY;COUNT=3', '2030-10-26 02:30', 'Europe/Berlin'),
  '10-26 02:30 (26 00:30), 10-27 02:30 (27 00:30), 10-28 02:30 (28 01:30)', 'Berlin''s repeated hour: once, and the first');
select is(pg_temp.times('FREQ=DAILY;COUNT=3', '2030-11-02 01:30', 'America/New_York'),
  '11-02 01:30 (02 05:30), 11-03 01:30 (03 05:30), 11-04 01:30 (04 06:30)', 'New York''s');
select is(pg_temp.times('FREQ=DAILY;COUNT=3', '2030-04-06 01:45', 'Australia/Lord_Howe'),
  '04-06 01:45 (05 14:45), 04-07 01:45 (06 14:45), 04-08 01:45 (07 15:15)', 'Lord Howe''s half hour');
select is(pg_temp.times('FREQ=DAILY;UNTIL=20301027T003000Z', '2030-10-26 02:30', 'Europe/Berlin'), '10-26 02:30 (26 00:30), 10-27 02:30 (27 00:30)', 'UNTIL its first pass is late enough');
select is(pg_temp.times('FREQ=DAILY;UNTIL=18671019T010000Z', '1867-10-18 10:00', 'America/Juneau'), '10-18 10:00 (17 18:57), 10-19 10:00 (18 18:57)',
  'even where a whole day was repeated, and clocks show the day before again');

-- RDATE and EXDATE
create function pg_temp.series(rdates text, exdates text, dst_gap text default 'skip', dtstart timestamp default '2030-03-30 02:30') returns text
language sql
return (
  select string_agg(to_char(local_start, 'MM-DD HH24:MI'), ', ' order by starts_at)
    from booking.expand_rrule('FREQ=DAILY;COUNT=3', series.dtstart, 'Europe/Berlin', rdates::timestamp[], exdates::timestamp[], series.dst_gap));

select is(pg_temp.series('{}', '{}'), '03-30 02:30, 04-01 02:30, 04-02 02:30', 'neither');
select is(pg_temp.series(null, null), '03-30 02:30, 04-01 02:30, 04-02 02:30', 'nor null');
select is(pg_temp.series('{2030-05-01 09:00, 2030-03-01 09:00, 2030-05-01 09:00}', '{}'),
  '03-01 09:00, 03-30 02:30, 04-01 02:30, 04-02 02:30, 05-01 09:00', 'RDATE adds, once, before and after');
select is(pg_temp.series('{2030-04-01 02:30}', '{}'), '03-30 02:30, 04-01 02:30, 04-02 02:30', 'what the rule yields anyway is not there twice');
select is(pg_temp.series('{}', '{2030-04-01 02:30, 2030-04-02 00:00}'), '03-30 02:30, 04-02 02:30', 'EXDATE takes away, after COUNT has counted; others do not matter');
select is(pg_temp.series('{2030-05-01 09:00}', '{2030-05-01 09:00, 2030-03-30 02:30}'), '04-01 02:30, 04-02 02:30', 'an RDATE too, and DTSTART');
select is(pg_temp.series('{}', '{2030-03-31 02:30}'), '03-30 02:30, 04-01 02:30, 04-02 02:30', 'what does not occur takes away nothing that is there');
select is(pg_temp.series('{2030-03-31 02:30}', '{}', dtstart => '2030-05-01 09:00'), '03-31 02:30, 05-01 09:00, 05-02 09:00, 05-03 09:00', 'but adds a time, after the gap (RFC 5545 3.3.5)');
select is(pg_temp.series('{2030-03-31 02:30}', '{}', 'shift', '2030-05-01 09:00'), '03-31 02:30, 05-01 09:00, 05-02 09:00, 05-03 09:00', 'unless it is moved');
select is(pg_temp.series('{}', '{2030-03-31 02:30}', 'shift'), '03-30 02:30, 04-01 02:30', 'a moved one is taken away by the time that it was');
select is(pg_temp.series('{}', '{2030-03-31 03:30}', 'shift'), '03-30 02:30, 04-01 02:30', 'or by the time that it is');
select is((select count(*) from booking.expand_rrule('FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13;COUNT=5', '1997-09-02 09:00', 'America/New_York', exdates => '{1997-09-02 09:00}')), 5::bigint,
  'RFC 5545''s own EXDATE, of a DTSTART that the rule does not yield');

-- Bounds
select is((select count(*) from booking.expand_rrule('FREQ=DAILY;COUNT=1000', '2030-01-07 09:00', 'UTC')), 1000::bigint, 'a thousand, unless said otherwise');
select is(
  tests.answer($$ select * from booking.expand_rrule('FREQ=DAILY;COUNT=1001', '2030-01-07 09:00', 'Europe/Berlin') $$),
  '{"code": "PT422", "message": "too_many_occurrences", "hint": "A series has at most 1000 occurrences; let it end before 2032-10-03 09:00.",
    "details": {"limit": 1000, "exceeded_at": "2032-10-03T07:00:00+00:00", "violations": [{"code": "too_many_occurrences", "limit": 1000,
      "exceeded_at": "2032-10-03T07:00:00+00:00", "hint": "A series has at most 1000 occurrences; let it end before 2032-10-03 09:00."}]}}', 'one more is too many')
  from set_config('timezone', 'UTC', true);
select is(pg_temp.dates('FREQ=WEEKLY;COUNT=3', '2030-01-07 09:00', most => 3), pg_temp.listed('2030 1: 7 14 21'), 'as many as allowed');
select throws_ok($$ select pg_temp.dates('FREQ=WEEKLY;COUNT=4', '2030-01-07 09:00', most => 3) $$, 'PT422', 'too_many_occurrences', 'COUNT goes beyond');
select throws_ok($$ select pg_temp.dates('FREQ=WEEKLY;UNTIL=99991231T235959Z', '2030-01-07 09:00', most => 3) $$, 'PT422', 'too_many_occurrences', 'or UNTIL');
select is((select count(*) from booking.expand_rrule('FREQ=DAILY;COUNT=4', '2030-01-07 09:00', 'UTC', exdates => '{2030-01-08 09:00}', max_occurrences => 3)), 3::bigint,
  'what EXDATE takes away does not count towards the limit');
select throws_ok($$ select * from booking.expand_rrule('FREQ=DAILY;COUNT=3', '2030-01-07 09:00', 'UTC', '{2030-02-01 09:00}', max_occurrences => 3) $$,
  'PT422', 'too_many_occurrences', 'what RDATE adds does');
select is((select count(*) from booking.expand_rrule('FREQ=DAILY;COUNT=9999', '2030-01-07 09:00', 'Europe/Berlin', max_occurrences => 2, horizon => '2030-01-09 08:00+00')), 2::bigint,
  'only what begins before the horizon is looked at');
select is((select count(*) from booking.expand_rrule('FREQ=DAILY;COUNT=9999', '2030-01-07 09:00', 'Europe/Berlin', horizon => '2030-01-09 08:00:01+00')), 3::bigint, 'to the second');
select is((select count(*) from booking.expand_rrule('FREQ=DAILY;COUNT=2', '2030-01-07 09:00', 'UTC', '{2030-01-03 09:00, 2030-02-03 09:00}', horizon => horizon)), n,
  format('a horizon of %s', horizon))
  from (values ('infinity'::timestamptz, 4::bigint), ('-infinity', 0), ('2030-01-05 00:00+00', 1), (null, 4)) h (horizon, n);
select is((select count(*) from booking.expand_rrule('FREQ=DAILY;COUNT=1000', '2030-01-07 09:00', 'UTC', max_occurrences => null)), 1000::bigint, 'no limit is a thousand');

-- What cannot be
select is(tests.details($$ select * from booking.expand_rrule('FREQ=DAILY', '2030-01-07 09:00', 'UTC', horizon => '2031-01-01 00:00+00') $$),
  '{"part": "COUNT", "value": null}', 'a rule without end, even before a horizon');
select is(tests.details(format('select * from booking.expand_rrule(%L, %L, %L, %L, %L)', 'FREQ=DAILY;COUNT=1', dtstart, 'UTC', rdates, exdates)),
  jsonb_build_object('part', part, 'value', value), format('%s of %s', part, value))
  from (values
    (null, '{}', '{}', 'DTSTART', null),
    ('infinity', '{}', '{}', 'DTSTART', 'infinity'),
    ('0001-01-01 00:00 BC', '{}', '{}', 'DTSTART', '0001-01-01 00:00:00 BC'),
    ('10000-01-01 00:00', '{}', '{}', 'DTSTART', '10000-01-01 00:00:00'),
    ('2030-01-07 09:00', '{null}', '{}', 'RDATE', null),
    ('2030-01-07 09:00', '{2030-01-07 09:00, infinity}', '{}', 'RDATE', 'infinity'),
    ('2030-01-07 09:00', '{}', '{null}', 'EXDATE', null),
    ('2030-01-07 09:00', '{}', '{-infinity}', 'EXDATE', '-infinity')
  ) as wrong (dtstart, rdates, exdates, part, value);
select throws_ok(format('select * from booking.expand_rrule(%L, %L, %L)', 'FREQ=DAILY;COUNT=1', '2030-01-07 09:00', zone), 'PT400', 'unknown_timezone', format('the zone %L', zone))
  from unnest('{"", Europe/Atlantis, Europe/berlin, europe/berlin, CEST, EST5EDT4, +01:00, Europe/Berlin5, null}'::text[]) zone;
select lives_ok(format('select * from booking.expand_rrule(%L, %L, %L)', 'FREQ=DAILY;COUNT=1', '2030-01-07 09:00', zone), format('the zone %s', zone))
  from unnest('{UTC, Etc/GMT+5, EST5EDT, Africa/Dar_es_Salaam, America/Port-au-Prince, America/Argentina/ComodRivadavia}'::text[]) zone;
select throws_ok(format('select * from booking.expand_rrule(%L, %L, %L, dst_gap => %L)', 'FREQ=DAILY;COUNT=1', '2030-01-07 09:00', 'UTC', gap), 'PT400', 'invalid_argument', format('a dst_gap of %L', gap))
  from unnest('{jump, null}'::text[]) gap;

-- For the engine alone, but for what views of opening hours ask
select ok(not has_function_privilege(role, f, 'execute'), format('%s may not execute %s', role, f::regprocedure))
  from unnest('{anon, authenticated, service_role}'::text[]) role,
       unnest('{booking.expand_rrule, booking.parse_rrule, booking.list_rule_days, booking.read_rrule_numbers, booking.refuse_rrule}'::regproc[]::oid[]) f;
select is(array(select role from unnest('{anon, authenticated, service_role}'::text[]) role where has_function_privilege(role, 'booking.resolve_local_time(timestamp, text, text)', 'execute')),
  '{authenticated, service_role}', 'nobody but members may execute booking.resolve_local_time()');

select * from finish();
rollback;
