-- One clock, which tests can move, and IANA's time zones only.
begin;
select no_plan();

select is(booking.now(), now(), 'the clock shows the transaction''s time');
set local booking.now = '2030-01-07 08:00+00';
select is(booking.now(), timestamptz '2030-01-07 08:00+00', 'the setting moves it');
set local booking.now = '';
select is(booking.now(), now(), 'an empty setting, which a transaction leaves behind, does not');

select lives_ok(format('select booking.check_timezone(%L)', zone), format('%s is a time zone', zone))
  from unnest('{UTC, Europe/Berlin, America/Argentina/Buenos_Aires}'::text[]) zone;
select throws_ok(format('select booking.check_timezone(%L)', zone), 'PT400', 'unknown_timezone', format('%L is none', zone))
  from unnest('{"", Europe/Atlantis, europe/berlin, EST5EDT4, +01:00, CEST, null}'::text[]) zone;
-- CET in July is summer time for IANA, and winter time for PostgreSQL, which reads an abbreviation first.
select throws_ok(format('select booking.check_timezone(%L)', zone), 'PT400', 'unknown_timezone', format('%s is an abbreviation, too', zone))
  from unnest('{CET, EET, EST, HST, MET, MST, WET}'::text[]) zone;
select throws_ok(format('select booking.check_timezone(%L)', zone), 'PT400', 'unknown_timezone', format('%s is no zone of IANA''s', zone))
  from unnest('{Factory, localtime, posixrules, posix/Europe/Berlin, right/Europe/Berlin}'::text[]) zone;
select lives_ok(format('select booking.check_timezone(%L)', zone), format('%s is the same everywhere', zone))
  from unnest('{UTC, GMT, Japan, EST5EDT, Etc/GMT+5}'::text[]) zone;
select ok(count(*) > 400, 'most names are') from booking.list_timezones();
create function pg_temp.accepts(zone text) returns boolean language plpgsql as $$
begin
  perform booking.check_timezone(zone);
  return true;
exception
  when sqlstate 'PT400' then return false;
end
$$;
set local timezone = 'Asia/Kathmandu';
select is_empty(
  $$ select n.name
       from (select z.name from pg_timezone_names z where z.name ~ '^[A-Z][A-Za-z]+/[^0-9]+$'
              union all
             (select v.name from pg_timezone_names z cross join unnest(array[lower(z.name), upper(z.name), initcap(z.name)]) v (name)
               order by md5(v.name) limit 5)) n -- each that is refused takes long
      where pg_temp.accepts(n.name) is distinct from (n.name in (select booking.list_timezones())) $$,
  'each name, in its own case only');
select is(current_setting('TimeZone'), 'Asia/Kathmandu', 'the session''s zone stays what it was');
reset timezone;
select is(tests.details($$ select booking.check_timezone('Europe/Atlantis') $$), '{"timezone": "Europe/Atlantis"}',
  'the details name what was asked for');

select throws_ok($$ insert into booking.tenants (slug, name, timezone) values ('x', 'x', 'Mars/Olympus') $$,
  'PT400', 'unknown_timezone', 'a tenant''s zone exists');
select tests.world();
select throws_ok($$ update booking.tenants set timezone = 'Mars/Olympus' where slug = 'acme' $$,
  'PT400', 'unknown_timezone', 'and goes on existing');

select is(booking.local_time_text('2030-01-07 09:00+00', 'Europe/Berlin', '2030-01-07 22:59+00'), '10:00',
  'people read wall clocks');
select is(booking.local_time_text('2030-01-07 09:00+00', 'Europe/Berlin', '2030-01-07 23:00+00'), '2030-01-07 10:00',
  'with the date where it is another one there');

-- When days begin: the zone, the day, its midnight, whether it is a usual one, and why.
select is(array[(booking.local_midnight(day, zone) at time zone 'UTC')::text, booking.is_usual_day(day, zone)::text],
          array[(midnight at time zone 'UTC')::text, is_usual::text], format('%s, %s: %s', zone, day, why))
  from (values
    ('Europe/Berlin',    date '2027-10-30', timestamptz '2027-10-29 22:00+00', true,  'the day before'),
    ('Europe/Berlin',    '2027-10-31',      '2027-10-30 22:00+00',             false, 'of 25 hours'),
    ('Europe/Berlin',    '2027-11-02',      '2027-11-01 23:00+00',             true,  'after the change'),
    ('Europe/Berlin',    '2027-03-28',      '2027-03-27 23:00+00',             false, 'of 23 hours'),
    ('Atlantic/Azores',  '2027-10-30',      '2027-10-30 00:00+00',             false, 'it ends at the first midnight'),
    ('Atlantic/Azores',  '2027-10-31',      '2027-10-31 00:00+00',             false, 'it is midnight twice'),
    ('America/Havana',   '2027-11-07',      '2027-11-07 04:00+00',             false, 'and in Havana'),
    ('Africa/Cairo',     '2027-10-28',      '2027-10-27 21:00+00',             false, 'its last hour comes twice'),
    ('Africa/Cairo',     '2027-10-29',      '2027-10-28 22:00+00',             false, 'the day after that'),
    ('America/Santiago', '2027-09-05',      '2027-09-05 04:00+00',             false, 'it is never midnight'),
    ('America/Santiago', '2027-09-04',      '2027-09-04 04:00+00',             true,  'the day before ends when it would be'),
    ('Pacific/Apia',     '2011-12-31',      '2011-12-30 10:00+00',             false, 'the day before it did not occur'),
    ('UTC',              '2027-10-31',      '2027-10-31 00:00+00',             true,  'nobody sets that clock')
  ) as examples (zone, day, midnight, is_usual, why);
-- All days of some years: usual ones begin 24 hours before the next, and have each quarter of an hour once.
select is_empty(
  $$ select zone, day
       from unnest('{Europe/Berlin, Atlantic/Azores, America/Havana, Africa/Cairo, Africa/Casablanca, Australia/Lord_Howe,
                     America/Santiago, Antarctica/Troll, Asia/Beirut, America/Nuuk}'::text[]) zone,
            lateral (select date '2026-12-01' + n as day from generate_series(0, 800) n) d
      where booking.is_usual_day(day, zone)
        and (booking.local_midnight(day + 1, zone) - booking.local_midnight(day, zone) <> '24:00'
             or exists (select from generate_series(0, 95) q
                         where (booking.local_midnight(day, zone) + q * interval '15 minutes') at time zone zone
                               <> day + q * interval '15 minutes')) $$,
  'a usual day is what it looks like');
select is_empty(
  $$ select zone, day
       from unnest('{Europe/Berlin, Atlantic/Azores, America/Havana, Africa/Cairo, Africa/Casablanca, Australia/Lord_Howe,
                     America/Santiago, Antarctica/Troll, Asia/Beirut, America/Nuuk}'::text[]) zone,
            lateral (select date '2026-12-01' + n as day from generate_series(0, 800) n) d
      where (booking.local_midnight(day, zone) at time zone zone)::date <> day
         or ((booking.local_midnight(day, zone) - interval '1 second') at time zone zone)::date >= day $$,
  'a day begins at the first moment of its date');

-- Ranges are never reversed by a shift.
select is(booking.shift_range(tstzrange(starts_at, ends_at), shift, 'Europe/Berlin'), tstzrange(new_start, new_end), why)
  from (values
    (timestamptz '2027-03-27 09:00+01', timestamptz '2027-03-27 10:00+01', interval '1 day', timestamptz '2027-03-28 09:00+02', timestamptz '2027-03-28 10:00+02', 'at the same time the day after'),
    ('2027-03-27 02:30+01', '2027-03-27 03:00+01', '1 day', '2027-03-28 03:30+02', '2027-03-28 04:00+02', 'the clock jumps over the start alone'),
    ('2027-03-27 02:15+01', '2027-03-27 02:45+01', '1 day', '2027-03-28 03:15+02', '2027-03-28 03:45+02', 'or over both'),
    ('2027-03-27 01:30+01', '2027-03-27 02:30+01', '1 day', '2027-03-28 01:30+01', '2027-03-28 03:30+02', 'or over the end alone'),
    ('2027-10-31 02:45+02', '2027-10-31 02:15+01', '1 day', '2027-11-01 02:45+01', '2027-11-01 03:15+01', 'it ends at an earlier time than it starts'),
    ('2027-10-31 02:30+02', '2027-10-31 02:30+01', '-1 day', '2027-10-30 02:30+02', '2027-10-30 03:30+02', 'or at the same'),
    ('2027-03-27 02:30+01', '2027-03-27 03:00+01', '24:00', '2027-03-28 03:30+02', '2027-03-28 04:00+02', 'hours elapse')
  ) as examples (starts_at, ends_at, shift, new_start, new_end, why);

-- How long a day is, from every start: each start is in one row, of the length that span_end() says.
create temp table lengths as
select zone, span, l.*
  from unnest('{Europe/Berlin, Atlantic/Azores, America/Havana, Africa/Cairo, America/Santiago, Australia/Lord_Howe, Antarctica/Troll}'::text[]) zone,
       unnest('{1 day, 2 days 03:00, 1 month, 36:00}'::interval[]) span,
       booking.list_lengths(span, zone, tstzrange('2027-02-20 00:07+00', '2027-04-30 00:00+00', '[]')) l
union all
select zone, span, l.*
  from unnest('{Europe/Berlin, Atlantic/Azores, America/Havana, Africa/Cairo, America/Santiago, Australia/Lord_Howe, Antarctica/Troll}'::text[]) zone,
       unnest('{1 day, 2 days 03:00, 1 month, 36:00}'::interval[]) span,
       booking.list_lengths(span, zone, tstzrange('2027-08-20 00:00+00', '2027-11-10 00:00+00', '[]')) l;
select is_empty(
  $$ select zone, span, at
       from (select distinct zone, span from lengths) s,
            lateral (select generate_series(timestamptz '2027-02-20 01:00+00', '2027-04-30 00:00+00', '30 minutes') as at
                     union all select generate_series(timestamptz '2027-08-20 01:00+00', '2027-11-10 00:00+00', '30 minutes')) a
      where (select array_agg(l.elapses) from lengths l where (l.zone, l.span) = (s.zone, s.span) and l.starts_there @> a.at)
            is distinct from array[booking.span_end(a.at, s.span, s.zone) - a.at] $$,
  'spans are as long as they are');
select ok(booking.shortest_length(span) <= min(elapses), format('%s is never shorter than that', span)) from lengths group by span;
select results_eq($$ select booking.list_clock_changes('Europe/Berlin', tstzrange('2027-01-01 00:00+00', '2028-01-01 00:00+00')) $$,
  $$ values (timestamptz '2027-03-28 01:00+00'), ('2027-10-31 01:00+00') $$, 'clocks are set to the second then');

-- Spans are elapsed time.
set local timezone = 'Europe/Berlin';
select is(booking.add_elapsed('2030-03-30 12:00+00', '1 day'), '2030-03-31 12:00+00', 'a day is 24 hours, when the clocks go forward');
select is(booking.add_elapsed('2030-10-26 12:00+00', '1 day'), '2030-10-27 12:00+00', 'and when they go back');
select is(booking.add_elapsed('2030-03-31 12:00+00', '-1 day'), '2030-03-30 12:00+00', 'or backwards');
select is(booking.add_elapsed('2030-01-07 08:00+00', '1 week 1 day 1 hour 0.000001 seconds'), '2030-01-15 09:00:00.000001+00', 'to the microsecond');
select is(booking.add_elapsed('2030-01-07 08:00+00', null), null, 'no span, no time');

select * from finish();
rollback;
