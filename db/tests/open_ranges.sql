-- booking.open_ranges(): when a resource is open, by its hours and their exceptions, on its own wall clock.
begin;
select no_plan();
select tests.world();
update booking.resources set kind = 'desk' where id = tests.id('desks');
update booking.resources set timezone = 'Europe/Berlin' where id = tests.id('studio');

-- From that Monday's 00:00 to so many days later: "07 09:00-12:00, 07 13:00-08 02:00" by the wall clock, what is outside cut off.
create function pg_temp.open(resource text default 'room', first date default '2030-01-07', last date default '2030-01-09') returns text language sql
as $$
  select coalesce(string_agg(to_char(lower(o) at time zone s.timezone, 'DD HH24:MI-') || case when (lower(o) at time zone s.timezone)::date <> (upper(o) at time zone s.timezone)::date then to_char(upper(o) at time zone s.timezone, 'DD ') else '' end
                             || to_char(upper(o) at time zone s.timezone, 'HH24:MI'), ', ' order by o), 'never')
    from booking.resources s,
         lateral (select tstzrange(first::timestamp at time zone s.timezone, last::timestamp at time zone s.timezone) as during) d,
         unnest(booking.open_ranges(s, d.during) * tstzmultirange(d.during)) o
   where s.id = tests.id(resource)
$$;
-- Undone again
create function pg_temp.with(change text, resource text default 'room', first date default '2030-01-07', last date default '2030-01-09') returns text language plpgsql
as $$
declare v_open text;
begin
  execute 'select ' || change;
  v_open := pg_temp.open(resource, first, last);
  raise exception using errcode = 'TT000';
exception
  when sqlstate 'TT000' then return v_open;
end
$$;

-- No rows
select is(pg_temp.open(), '07 00:00-09 00:00', 'no rows: always open');
select is(booking.open_ranges(s, tstzrange(tests.at('09:00'), tests.at('10:00'))), '{(,)}', 'without an end') from booking.resources s where id = tests.id('room');

-- The week, several stretches a day, past midnight
select is(pg_temp.with(change, 'room', '2030-01-07', last), hours, format('%s: %s', change, hours))
  from (values
    ('tests.hours(null, ''{1}'', ''09:00'', ''17:00'')', date '2030-01-09', '07 09:00-17:00'),
    ('tests.hours(null, ''{2}'', ''09:00'', ''17:00'')', '2030-01-09', '08 09:00-17:00'),
    ('tests.hours(null, ''{7}'', ''09:00'', ''17:00'')', '2030-01-09', 'never'),
    ('tests.hours(null, ''{1,2}'', ''09:00'', ''12:00''), tests.hours(null, ''{1}'', ''13:00'', ''17:00'')', '2030-01-09', '07 09:00-12:00, 07 13:00-17:00, 08 09:00-12:00'),
    -- What overlaps or touches is one.
    ('tests.hours(null, ''{1}'', ''09:00'', ''12:00''), tests.hours(null, ''{1}'', ''12:00'', ''14:00''), tests.hours(null, ''{1}'', ''13:30'', ''15:00'')', '2030-01-09', '07 09:00-15:00'),
    ('tests.hours(null, ''{1}'', ''18:00'', ''02:00'')', '2030-01-09', '07 18:00-08 02:00'),
    ('tests.hours(null, ''{7}'', ''18:00'', ''02:00'')', '2030-01-09', '07 00:00-02:00'),
    ('tests.hours(null, ''{7}'', ''18:00'', ''02:00'')', '2030-01-14', '07 00:00-02:00, 13 18:00-14 00:00'),
    ('tests.hours(null, ''{1,2}'', ''20:00'', ''20:00'')', '2030-01-09', '07 20:00-09 00:00'),
    ('tests.hours(null, ''{1}'', ''00:00'', ''24:00'')', '2030-01-09', '07 00:00-08 00:00'),
    ('tests.hours(null, ''{1}'', ''00:00'', ''00:00'')', '2030-01-09', '07 00:00-08 00:00'),
    ('tests.hours(null, ''{1,2,3,4,5,6,7}'', ''00:00'', ''24:00'')', '2030-02-07', '07 00:00-07 00:00'),
    ('tests.hours(null, ''{1}'', ''17:00'', ''00:00'')', '2030-01-09', '07 17:00-08 00:00'),
    -- From when, until when; both days belong to it.
    ('tests.hours(null, ''{1,2}'', ''09:00'', ''17:00'', ''2030-01-08'')', '2030-01-09', '08 09:00-17:00'),
    ('tests.hours(null, ''{1,2}'', ''09:00'', ''17:00'', null, ''2030-01-07'')', '2030-01-09', '07 09:00-17:00'),
    ('tests.hours(null, ''{1,2}'', ''09:00'', ''17:00'', ''2030-01-08'', ''2030-01-08'')', '2030-01-16', '08 09:00-17:00'),
    ('tests.hours(null, ''{1,2}'', ''09:00'', ''17:00'', ''2031-01-08'')', '2030-01-09', 'never'),
    ('tests.hours(null, ''{1}'', ''09:00'', ''17:00'', null, ''2030-01-13''), tests.hours(null, ''{1}'', ''10:00'', ''16:00'', ''2030-01-14'')', '2030-01-16', '07 09:00-17:00, 14 10:00-16:00'),
    -- The day it begins on decides, even for what is left of it after midnight.
    ('tests.hours(null, ''{1,2}'', ''18:00'', ''02:00'', null, ''2030-01-07'')', '2030-01-09', '07 18:00-08 02:00'),
    ('tests.hours(null, ''{7}'', ''18:00'', ''02:00'', ''2030-01-07'')', '2030-01-09', 'never')
  ) as weeks (change, last, hours);

-- The most specific that has any rows counts, wholly.
select tests.hours(null, '{1,2}', '08:00', '18:00');
select is(array[pg_temp.open('room'), pg_temp.open('desks')], '{"07 08:00-18:00, 08 08:00-18:00", "07 08:00-18:00, 08 08:00-18:00"}', 'the tenant''s are everybody''s');
select is(pg_temp.open('theirs'), '07 00:00-09 00:00', 'in that tenant');
select tests.hours(null, '{1}', '09:00', '17:00', kind => 'desk');
select is(array[pg_temp.open('room'), pg_temp.open('desks')], '{"07 08:00-18:00, 08 08:00-18:00", "07 09:00-17:00"}', 'a kind''s, its own');
select tests.hours('desks', '{2}', '10:00', '16:00');
select is(array[pg_temp.open('room'), pg_temp.open('desks')], '{"07 08:00-18:00, 08 08:00-18:00", "08 10:00-16:00"}', 'a resource''s, its own');
select tests.hours('room', '{1}', '10:00', '16:00', '2031-01-01');
select is(pg_temp.open('room'), 'never', 'even those that do not hold yet');
delete from booking.opening_hours where resource_id = tests.id('room');

-- Exceptions: closed, or other hours
select is(pg_temp.with(change, resource, '2030-01-07', last), hours, format('%s, of the %s: %s', change, resource, hours))
  from (values
    ('tests.exception(null, ''2030-01-07'')', 'room', date '2030-01-09', '08 08:00-18:00'),
    ('tests.exception(null, ''2030-01-07'', ''12:00'', ''14:00'')', 'room', '2030-01-09', '07 12:00-14:00, 08 08:00-18:00'),
    ('tests.exception(null, ''2030-01-07'', ''09:00'', ''10:00''), tests.exception(null, ''2030-01-07'', ''12:00'', ''14:00'')', 'room', '2030-01-09', '07 09:00-10:00, 07 12:00-14:00, 08 08:00-18:00'),
    ('tests.exception(null, ''2030-01-09'', ''09:00'', ''10:00'')', 'room', '2030-01-12', '07 08:00-18:00, 08 08:00-18:00, 09 09:00-10:00'),
    ('tests.exception(null, ''2030-01-07'', ''22:00'', ''03:00'')', 'room', '2030-01-09', '07 22:00-08 03:00, 08 08:00-18:00'),
    ('tests.exception(null, ''2030-01-06'', ''22:00'', ''03:00'')', 'room', '2030-01-08', '07 00:00-03:00, 07 08:00-18:00'),
    ('tests.exception(null, ''2030-01-07'', ''00:00'', ''24:00'')', 'room', '2030-01-09', '07 00:00-08 00:00, 08 08:00-18:00'),
    -- The tenant's holiday closes what has hours of its own, unless that, or its kind, says otherwise of the date.
    ('tests.exception(null, ''2030-01-08'')', 'desks', '2030-01-09', 'never'),
    ('tests.exception(null, ''2030-01-08''), tests.exception(null, ''2030-01-08'', ''11:00'', ''12:00'', ''desk'')', 'desks', '2030-01-09', '08 11:00-12:00'),
    ('tests.exception(null, ''2030-01-08''), tests.exception(null, ''2030-01-08'', ''11:00'', ''12:00'', ''desk'')', 'room', '2030-01-09', '07 08:00-18:00'),
    ('tests.exception(null, ''2030-01-08'', ''11:00'', ''12:00'', ''desk''), tests.exception(''desks'', ''2030-01-08'')', 'desks', '2030-01-09', 'never'),
    ('tests.exception(''desks'', ''2030-01-08'', ''11:00'', ''12:00''), tests.exception(null, ''2030-01-08'')', 'desks', '2030-01-09', '08 11:00-12:00'),
    -- Where there are no hours, it is a hole in what is always open.
    ('tests.exception(null, ''2030-01-08'')', 'theirs', '2030-01-09', '07 00:00-09 00:00')
  ) as exceptions (change, resource, last, hours);
delete from booking.opening_hours;
select is(pg_temp.with(change, 'room', '2030-01-07', '2030-01-10'), hours, format('always open, but %s: %s', change, hours))
  from (values
    ('tests.exception(null, ''2030-01-08'')', '07 00:00-08 00:00, 09 00:00-10 00:00'),
    ('tests.exception(null, ''2030-01-08'', ''09:00'', ''17:00'')', '07 00:00-08 00:00, 08 09:00-17:00, 09 00:00-10 00:00'),
    ('tests.exception(null, ''2030-01-08'', ''20:00'', ''04:00'')', '07 00:00-08 00:00, 08 20:00-10 00:00'),
    ('tests.exception(null, ''2030-01-20'')', '07 00:00-10 00:00')
  ) as exceptions (change, hours);
-- The night before goes on after midnight, even into a date that is closed.
select tests.hours(null, '{1,2,3}', '18:00', '02:00');
select is(pg_temp.with($$tests.exception(null, '2030-01-08')$$), '07 18:00-08 02:00', 'a night belongs to the day it begins on');
delete from booking.opening_hours;

-- The clock goes forward on 31 March in Berlin, and back on 27 October.
select is(pg_temp.with(change, 'studio', first, first + 1), hours, format('%s on %s: %s', change, first, hours))
  from (values
    ('tests.hours(null, ''{7}'', ''00:00'', ''24:00'')', date '2030-03-31', '31 00:00-01 00:00'),
    ('tests.hours(null, ''{7}'', ''01:00'', ''04:00'')', '2030-03-31', '31 01:00-04:00'),
    -- What begins in the gap begins after it, as long later.
    ('tests.hours(null, ''{7}'', ''02:30'', ''05:00'')', '2030-03-31', '31 03:30-05:00'),
    ('tests.hours(null, ''{7}'', ''01:00'', ''02:30'')', '2030-03-31', '31 01:00-03:30'),
    ('tests.hours(null, ''{7}'', ''02:00'', ''02:30'')', '2030-03-31', '31 03:00-03:30'),
    ('tests.hours(null, ''{7}'', ''02:30'', ''03:00'')', '2030-03-31', 'never'),
    ('tests.hours(null, ''{6}'', ''22:00'', ''02:30'')', '2030-03-31', '31 00:00-03:30'),
    ('tests.exception(null, ''2030-03-31'', ''02:30'', ''05:00'')', '2030-03-31', '31 03:30-05:00'),
    ('tests.hours(null, ''{7}'', ''00:00'', ''24:00'')', '2030-10-27', '27 00:00-28 00:00')
  ) as changes (change, first, hours);
select tests.hours('studio', '{7}', '01:00', '02:30'), tests.hours('studio', '{6}', '22:00', '22:00');
select is(booking.open_ranges(s, '[2030-10-27 00:00+02, 2030-10-28 00:00+01)'), '{[2030-10-26 20:00+00, 2030-10-27 21:00+00)}', 'from Saturday 22:00 to Sunday 22:00 are 25 hours that night') from booking.resources s where id = tests.id('studio');
delete from booking.opening_hours where weekday = 6;
select is(booking.open_ranges(s, '[2030-10-27 00:00+02, 2030-10-28 00:00+01)'), '{[2030-10-26 23:00+00, 2030-10-27 00:30+00)}', 'of two 02:30 the first') from booking.resources s where id = tests.id('studio');
select is(booking.open_ranges(s, '[2030-03-31 00:00+01, 2030-04-01 00:00+02)'), '{[2030-03-31 00:00+00, 2030-03-31 01:30+00)}', 'in March, 03:30') from booking.resources s where id = tests.id('studio');

-- The session's zone does not matter.
select tests.hours(null, '{1}', '09:00', '17:00');
create temp table hours as select booking.open_ranges(s, '[2030-01-07 09:00+00, 2030-01-07 10:00+00)') as o from booking.resources s where id = tests.id('room');
set local timezone = 'Pacific/Auckland';
select is(booking.open_ranges(s, '[2030-01-07 09:00+00, 2030-01-07 10:00+00)'), o, 'whatever the session''s zone') from booking.resources s, hours where id = tests.id('room');

select * from finish();
rollback;
