-- What a clock on the wall shows, as an instant: RFC 5545 3.3.5 and 3.3.10.
begin;
select no_plan();

create function pg_temp.resolve(local_time timestamp, timezone text, dst_gap text default 'skip') returns text
language sql
return booking.resolve_local_time(local_time, timezone, dst_gap) at time zone 'UTC';

-- In words, one after the other: zone, wall clock, UTC, and what that shows.
select is(pg_temp.resolve(local_time, zone), utc::text, format('%s, %s: %s', zone, local_time, why))
  from (values
    ('UTC',                 timestamp '2030-07-01 09:00', timestamp '2030-07-01 09:00', 'UTC is itself'),
    ('Europe/Berlin',       '2030-07-01 09:00',           '2030-07-01 07:00',           'in summer'),
    ('Europe/Berlin',       '2030-12-01 09:00',           '2030-12-01 08:00',           'in winter'),
    ('Europe/Berlin',       '2030-12-01 09:00:00.000001', '2030-12-01 08:00:00.000001', 'to the microsecond'),
    -- "if the local time described occurs more than once, the DATE-TIME value refers to the first occurrence"
    ('America/New_York',    '2007-11-04 01:30',           '2007-11-04 05:30',           'the RFC''s own example: 1:30 A.M. EDT (UTC-04:00)'),
    ('America/New_York',    '2007-11-04 00:59:59.999999', '2007-11-04 04:59:59.999999', 'just before the repeated hour'),
    ('America/New_York',    '2007-11-04 01:00',           '2007-11-04 05:00',           'its beginning'),
    ('America/New_York',    '2007-11-04 02:00',           '2007-11-04 07:00',           'its end'),
    ('Europe/Berlin',       '2030-10-27 01:59',           '2030-10-26 23:59',           'just before the repeated hour'),
    ('Europe/Berlin',       '2030-10-27 02:00',           '2030-10-27 00:00',           'its beginning'),
    ('Europe/Berlin',       '2030-10-27 02:59:59.999999', '2030-10-27 00:59:59.999999', 'its last moment'),
    ('Europe/Berlin',       '2030-10-27 03:00',           '2030-10-27 02:00',           'its end'),
    ('Europe/Berlin',       '2030-10-28 02:30',           '2030-10-28 01:30',           'the day after'),
    ('Europe/Dublin',       '2030-10-27 01:30',           '2030-10-27 00:30',           'where winter is the exception'),
    ('Australia/Lord_Howe', '2030-04-07 01:29',           '2030-04-06 14:29',           'just before the repeated half hour'),
    ('Australia/Lord_Howe', '2030-04-07 01:30',           '2030-04-06 14:30',           'its beginning'),
    ('Australia/Lord_Howe', '2030-04-07 01:59',           '2030-04-06 14:59',           'its last minute'),
    ('Australia/Lord_Howe', '2030-04-07 02:00',           '2030-04-06 15:30',           'its end'),
    ('America/Sao_Paulo',   '2018-02-17 23:30',           '2018-02-18 01:30',           'the hour before midnight'),
    ('Europe/Moscow',       '2014-10-26 01:30',           '2014-10-25 21:30',           'when the standard itself changes'),
    ('Pacific/Kwajalein',   '1969-09-30 20:00',           '1969-09-30 09:00',           'nearly a whole day'),
    -- Around a gap
    ('Europe/Berlin',       '2030-03-31 01:59:59.999999', '2030-03-31 00:59:59.999999', 'just before the gap'),
    ('Europe/Berlin',       '2030-03-31 03:00',           '2030-03-31 01:00',           'just after it'),
    ('Australia/Lord_Howe', '2030-10-06 02:30',           '2030-10-05 15:30',           'just after a gap of half an hour'),
    -- Far away
    ('America/New_York',    '0001-01-01 00:00',           '0001-01-01 04:56:02',        'before time zones'),
    ('Europe/Berlin',       '9999-12-31 23:59',           '9999-12-31 22:59',           'at the end of the calendar')
  ) as examples (zone, local_time, utc, why);

-- "Such recurrence instances MUST be ignored"; or "interpreted using the UTC offset before the gap in local times"
select is(array[pg_temp.resolve(local_time, zone), pg_temp.resolve(local_time, zone, 'shift')], array[null, utc::text],
          format('%s, %s does not occur, or is moved: %s', zone, local_time, why))
  from (values
    ('America/New_York',    timestamp '2007-03-11 02:30', timestamp '2007-03-11 07:30', 'the RFC''s own example, or March 11, 2007 at 3:30 A.M. EDT'),
    ('Europe/Berlin',       '2030-03-31 02:00',           '2030-03-31 01:00',           'the beginning'),
    ('Europe/Berlin',       '2030-03-31 02:59:59.999999', '2030-03-31 01:59:59.999999', 'the last moment'),
    ('Australia/Lord_Howe', '2030-10-06 02:15',           '2030-10-05 15:45',           'half an hour'),
    ('America/Sao_Paulo',   '2018-11-04 00:00',           '2018-11-04 03:00',           'midnight'),
    ('Pacific/Apia',        '2011-12-30 10:00',           '2011-12-30 20:00',           'a whole day')
  ) as examples (zone, local_time, utc, why);

select is(pg_temp.resolve('2030-10-27 02:30', 'Europe/Berlin', 'shift'), '2030-10-27 00:30:00', 'shifting leaves repeated times alone');
select is(pg_temp.resolve(null, 'Europe/Berlin'), null, 'no time is none');

-- The session's own time zone, even where its clocks are changed in between, makes no difference.
select results_eq(
  format($$ select booking.resolve_local_time(l, 'Europe/Berlin') from generate_series(timestamp '2030-10-26', '2030-10-29', '15 min') l $$),
  $$ select a at time zone 'UTC' from (select '2030-10-25 22:00'::timestamp + n * interval '15 min'
                                           + case when n >= 108 then interval '1 h' else '0' end
                                      from generate_series(0, 288) n) u (a) $$,
  'each quarter of an hour once, without the second pass of the repeated hour');
set local timezone = 'Europe/Berlin';
select is(pg_temp.resolve('2030-10-27 02:30', 'Europe/Berlin'), '2030-10-27 00:30:00', 'the session is in Berlin itself');
select is(pg_temp.resolve('2030-10-28 01:30', 'Europe/Berlin'), '2030-10-28 00:30:00', 'a day after the change');
set local timezone = 'America/New_York';
select is(pg_temp.resolve('2030-11-03 08:30', 'Europe/Berlin'), '2030-11-03 07:30:00', 'or in New York, on the night of its own change');

select * from finish();
rollback;
