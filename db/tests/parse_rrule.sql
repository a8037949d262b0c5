-- RFC 5545's RRULE, read; and what is refused, with the way out.
begin;
select no_plan();

create function pg_temp.parse(rrule text) returns jsonb
language sql
return jsonb_strip_nulls(to_jsonb(booking.parse_rrule(rrule)));

select is(pg_temp.parse('FREQ=DAILY;COUNT=10'), '{"freq": "DAILY", "every": 1, "count": 10, "week_start": 1}', 'every day, weeks beginning on Monday');
select is(pg_temp.parse(rrule), pg_temp.parse('FREQ=DAILY;COUNT=10'), format('%L is the same', rrule))
  from unnest('{RRULE:FREQ=DAILY;COUNT=10, rrule:freq=daily;count=10, COUNT=10;FREQ=DAILY, FREQ=DAILY;INTERVAL=1;COUNT=010;WKST=MO}'::text[]
              || array[e' FREQ=DAILY;COUNT=10\r\n']) rrule;
select is(
  pg_temp.parse('FREQ=YEARLY;INTERVAL=2;UNTIL=20301231T235959Z;WKST=SU;BYMONTH=12,1,1;BYYEARDAY=-366,366,+1;BYMONTHDAY=-31,31,01;BYHOUR=0,23;BYMINUTE=59,0;BYSECOND=60;BYSETPOS=-366,+366'),
  '{"freq": "YEARLY", "every": 2, "until": "2030-12-31T23:59:59+00:00", "week_start": 7, "by_month": [1, 12], "by_year_day": [-366, 1, 366],
    "by_month_day": [-31, 1, 31], "by_hour": [0, 23], "by_minute": [0, 59], "by_second": [60], "by_set_pos": [-366, 366]}',
  'every part, its values sorted, each once')
  from set_config('timezone', 'UTC', true);
select is(pg_temp.parse('FREQ=YEARLY;COUNT=1;BYWEEKNO=53,-53,1') -> 'by_week_no', '[-53, 1, 53]', 'weeks too');
select is(pg_temp.parse('FREQ=YEARLY;COUNT=1;BYDAY=MO,-53SU,+1TU,02WE') -> 'by_day',
  '[{"ordinal": -53, "weekday": 7}, {"ordinal": 1, "weekday": 2}, {"ordinal": 2, "weekday": 3}, {"weekday": 1}]', 'and weekdays, counted or not');
select is((booking.parse_rrule('FREQ=DAILY;UNTIL=20301231T235960Z')).until, '2030-12-31 23:59:59+00', 'without leap seconds, 60 is 59');

-- Each with the part and the value in the details.
create temporary table refused (rrule text, part text, value text) on commit drop;
insert into refused values
  (null, 'FREQ', null),
  ('', 'FREQ', null),
  ('RRULE:', 'FREQ', null),
  ('weekly', 'WEEKLY', ''),
  ('FREQ=DAILY;', '', ''),
  ('FREQ=DAILY;;COUNT=1', '', ''),
  ('FREQ=DAILY;COUNT=1;BYDAY=', 'BYDAY', ''),
  ('FREQ=DAILY;COUNT=1; BYDAY=MO', ' BYDAY', 'MO'),
  ('FREQ=DAILY;COUNT=1;BYDAY=MO=TU', 'BYDAY', 'MO=TU'),
  (e'DTSTART:20300101T090000Z\nRRULE:FREQ=DAILY;COUNT=1', e'DTSTART:20300101T090000Z\nRRULE:FREQ', 'DAILY'),
  ('COUNT=1', 'FREQ', null),
  ('FREQ=FORTNIGHTLY;COUNT=1', 'FREQ', 'FORTNIGHTLY'),
  ('FREQ=HOURLY;COUNT=1', 'FREQ', 'HOURLY'),
  ('FREQ=MINUTELY;COUNT=1', 'FREQ', 'MINUTELY'),
  ('FREQ=SECONDLY;COUNT=1', 'FREQ', 'SECONDLY'),
  ('FREQ=DAILY', 'COUNT', null),
  ('FREQ=DAILY;COUNT=1;UNTIL=20301231T235959Z', 'UNTIL', null),
  ('FREQ=DAILY;COUNT=1;COUNT=2', 'COUNT', '2'),
  ('FREQ=DAILY;freq=WEEKLY;COUNT=1', 'FREQ', 'WEEKLY'),
  ('FREQ=DAILY;COUNT=1;BYEASTER=0', 'BYEASTER', '0'),
  ('FREQ=DAILY;COUNT=1;X-NAME=1', 'X-NAME', '1'),
  ('FREQ=DAILY;COUNT=1;EXDATE=20300101T090000', 'EXDATE', '20300101T090000'),
  ('FREQ=DAILY;COUNT=0', 'COUNT', '0'),
  ('FREQ=DAILY;COUNT=-1', 'COUNT', '-1'),
  ('FREQ=DAILY;COUNT=1.5', 'COUNT', '1.5'),
  ('FREQ=DAILY;COUNT=1,2', 'COUNT', '1,2'),
  ('FREQ=DAILY;COUNT=9999999999', 'COUNT', '9999999999'),
  ('FREQ=DAILY;COUNT=1;INTERVAL=0', 'INTERVAL', '0'),
  ('FREQ=DAILY;COUNT=1;INTERVAL=x', 'INTERVAL', 'X'),
  ('FREQ=DAILY;UNTIL=20301231', 'UNTIL', '20301231'),
  ('FREQ=DAILY;UNTIL=20301231T235959', 'UNTIL', '20301231T235959'),
  ('FREQ=DAILY;UNTIL=2030-12-31T23:59:59Z', 'UNTIL', '2030-12-31T23:59:59Z'),
  ('FREQ=DAILY;UNTIL=20300230T000000Z', 'UNTIL', '20300230T000000Z'),
  ('FREQ=DAILY;UNTIL=20301301T000000Z', 'UNTIL', '20301301T000000Z'),
  ('FREQ=DAILY;UNTIL=20300101T240000Z', 'UNTIL', '20300101T240000Z'),
  ('FREQ=DAILY;UNTIL=20300101T006000Z', 'UNTIL', '20300101T006000Z'),
  ('FREQ=DAILY;UNTIL=20300101T000061Z', 'UNTIL', '20300101T000061Z'),
  ('FREQ=DAILY;UNTIL=00000101T000000Z', 'UNTIL', '00000101T000000Z'),
  ('FREQ=WEEKLY;COUNT=1;WKST=1', 'WKST', '1'),
  ('FREQ=WEEKLY;COUNT=1;WKST=MO,TU', 'WKST', 'MO,TU'),
  ('FREQ=WEEKLY;COUNT=1;BYDAY=MO,XX', 'BYDAY', 'XX'),
  ('FREQ=WEEKLY;COUNT=1;BYDAY=MO,', 'BYDAY', ''),
  ('FREQ=WEEKLY;COUNT=1;BYDAY=MONDAY', 'BYDAY', 'MONDAY'),
  ('FREQ=MONTHLY;COUNT=1;BYDAY=0MO', 'BYDAY', '0MO'),
  ('FREQ=MONTHLY;COUNT=1;BYDAY=--1MO', 'BYDAY', '--1MO'),
  ('FREQ=YEARLY;COUNT=1;BYDAY=54MO', 'BYDAY', '54MO'),
  ('FREQ=MONTHLY;COUNT=1;BYDAY=8MO', 'BYDAY', '8MO'),
  ('FREQ=MONTHLY;COUNT=1;BYDAY=-6MO', 'BYDAY', '-6MO'),
  ('FREQ=YEARLY;COUNT=1;BYMONTH=5;BYDAY=20MO', 'BYDAY', '20MO'),
  ('FREQ=DAILY;COUNT=1;BYDAY=1MO', 'BYDAY', '1MO'),
  ('FREQ=WEEKLY;COUNT=1;BYDAY=MO,-1FR', 'BYDAY', '-1FR'),
  ('FREQ=YEARLY;COUNT=1;BYWEEKNO=1;BYDAY=1MO', 'BYDAY', '1MO'),
  ('FREQ=YEARLY;COUNT=1;BYMONTH=0', 'BYMONTH', '0'),
  ('FREQ=YEARLY;COUNT=1;BYMONTH=13', 'BYMONTH', '13'),
  ('FREQ=YEARLY;COUNT=1;BYMONTH=-1', 'BYMONTH', '-1'),
  ('FREQ=YEARLY;COUNT=1;BYMONTH=1,JAN', 'BYMONTH', 'JAN'),
  ('FREQ=YEARLY;COUNT=1;BYMONTH=1,', 'BYMONTH', ''),
  ('FREQ=YEARLY;COUNT=1;BYWEEKNO=54', 'BYWEEKNO', '54'),
  ('FREQ=YEARLY;COUNT=1;BYWEEKNO=0', 'BYWEEKNO', '0'),
  ('FREQ=YEARLY;COUNT=1;BYYEARDAY=367', 'BYYEARDAY', '367'),
  ('FREQ=YEARLY;COUNT=1;BYYEARDAY=-367', 'BYYEARDAY', '-367'),
  ('FREQ=YEARLY;COUNT=1;BYYEARDAY=99999999999', 'BYYEARDAY', '99999999999'),
  ('FREQ=MONTHLY;COUNT=1;BYMONTHDAY=32', 'BYMONTHDAY', '32'),
  ('FREQ=MONTHLY;COUNT=1;BYMONTHDAY=1,0', 'BYMONTHDAY', '0'),
  ('FREQ=MONTHLY;COUNT=1;BYMONTHDAY=1.5', 'BYMONTHDAY', '1.5'),
  ('FREQ=DAILY;COUNT=1;BYHOUR=24', 'BYHOUR', '24'),
  ('FREQ=DAILY;COUNT=1;BYHOUR=-1', 'BYHOUR', '-1'),
  ('FREQ=DAILY;COUNT=1;BYHOUR=+1', 'BYHOUR', '+1'),
  ('FREQ=DAILY;COUNT=1;BYMINUTE=60', 'BYMINUTE', '60'),
  ('FREQ=DAILY;COUNT=1;BYSECOND=61', 'BYSECOND', '61'),
  ('FREQ=DAILY;COUNT=1;BYHOUR=9;BYSETPOS=367', 'BYSETPOS', '367'),
  ('FREQ=DAILY;COUNT=1;BYHOUR=9;BYSETPOS=0', 'BYSETPOS', '0'),
  ('FREQ=MONTHLY;COUNT=1;BYSETPOS=1', 'BYSETPOS', null),
  ('FREQ=DAILY;COUNT=1;BYWEEKNO=1', 'BYWEEKNO', null),
  ('FREQ=WEEKLY;COUNT=1;BYWEEKNO=1', 'BYWEEKNO', null),
  ('FREQ=MONTHLY;COUNT=1;BYWEEKNO=1', 'BYWEEKNO', null),
  ('FREQ=DAILY;COUNT=1;BYYEARDAY=1', 'BYYEARDAY', null),
  ('FREQ=WEEKLY;COUNT=1;BYYEARDAY=1', 'BYYEARDAY', null),
  ('FREQ=MONTHLY;COUNT=1;BYYEARDAY=1', 'BYYEARDAY', null),
  ('FREQ=WEEKLY;COUNT=1;BYMONTHDAY=1', 'BYMONTHDAY', null);

select is(
  tests.answer(format('select booking.parse_rrule(%L)', rrule)) - 'hint',
  jsonb_build_object('code', 'PT400', 'message', 'invalid_recurrence', 'details', jsonb_build_object('part', part, 'value', value)),
  format('%L is refused', rrule))
  from refused;
select ok(tests.answer(format('select booking.parse_rrule(%L)', rrule)) ->> 'hint' ~ '^[A-Z].*[.]$', format('%L: the way out', rrule)) from refused;
select is(tests.answer($$ select booking.parse_rrule('FREQ=DAILY;COUNT=1;BYHOUR=24') $$) ->> 'hint', 'BYHOUR is a list of numbers from 0 to 23.',
  'which numbers there are');
select is(tests.answer($$ select booking.parse_rrule('FREQ=MONTHLY;COUNT=1;BYMONTHDAY=0') $$) ->> 'hint',
  'BYMONTHDAY is a list of numbers from 1 to 31, or from -31 to -1 to count from the end.', 'from either end');
select is(length(tests.details(format('select booking.parse_rrule(%L)', 'FREQ=DAILY;BYHOUR=' || repeat('9', 100000))) ->> 'value'), 100,
  'a long value is not repeated at length');

select * from finish();
rollback;
