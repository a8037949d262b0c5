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

-- Spans are elapsed time.
set local timezone = 'Europe/Berlin';
select is(booking.add_elapsed('2030-03-30 12:00+00', '1 day'), '2030-03-31 12:00+00', 'a day is 24 hours, when the clocks go forward');
select is(booking.add_elapsed('2030-10-26 12:00+00', '1 day'), '2030-10-27 12:00+00', 'and when they go back');
select is(booking.add_elapsed('2030-03-31 12:00+00', '-1 day'), '2030-03-30 12:00+00', 'or backwards');
select is(booking.add_elapsed('2030-01-07 08:00+00', '1 week 1 day 1 hour 0.000001 seconds'), '2030-01-15 09:00:00.000001+00', 'to the microsecond');
select is(booking.add_elapsed('2030-01-07 08:00+00', null), null, 'no span, no time');

select * from finish();
rollback;
