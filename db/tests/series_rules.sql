-- What edits make of a rule: set_rrule_part, cut_rule, shift_rule and fit_series keep what a series says in step with what it does.
begin;
select no_plan();
select tests.world();

select is(booking.set_rrule_part(rule, name, value), expected, format('%s with %s %s', translate(rule, e'\r\n', ''), name, value))
  from (values
    ('FREQ=DAILY;COUNT=3', 'COUNT', '2', 'FREQ=DAILY;COUNT=2'), ('FREQ=DAILY;COUNT=3', 'UNTIL', '20300101T000000Z', 'FREQ=DAILY;COUNT=3;UNTIL=20300101T000000Z'), ('FREQ=DAILY;COUNT=3', 'COUNT', null, 'FREQ=DAILY'),
    (e' rrule:freq=daily;count=3\r\n', 'COUNT', '2', 'FREQ=DAILY;COUNT=2'), ('FREQ=WEEKLY;BYDAY=MO;COUNT=3', 'BYDAY', 'TU', 'FREQ=WEEKLY;COUNT=3;BYDAY=TU'), ('FREQ=MONTHLY;BYMONTHDAY=3;COUNT=3', 'BYMONTH', '5', 'FREQ=MONTHLY;BYMONTHDAY=3;COUNT=3;BYMONTH=5'),
    (null, 'COUNT', null, null)) as s (rule, name, value, expected);

-- Of many rules: a cut yields exactly what was before and from there on, wherever it is made; a shift of what a rule can
-- say yields the same later; and whatever a series is fitted to, it takes place then.
create temp table rules as
select row_number() over () as n, r.*, null::booking.series as series
  from (values
    ('UTC', timestamp '2030-01-08 09:00', 'FREQ=DAILY;COUNT=7'), ('UTC', '2030-01-08 09:00', 'FREQ=DAILY;INTERVAL=3;UNTIL=20300201T090000Z'), ('UTC', '2030-01-09 09:00', 'FREQ=WEEKLY;BYDAY=MO,TH;COUNT=7'),
    ('UTC', '2030-01-09 09:00', 'FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU;WKST=SU;COUNT=8'), ('UTC', '2030-01-09 09:00', 'FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU,WE;UNTIL=20300401T000000Z'), ('UTC', '2030-01-31 09:00', 'FREQ=MONTHLY;COUNT=6'),
    ('UTC', '2030-01-08 09:00', 'FREQ=MONTHLY;BYDAY=-1FR;COUNT=6'), ('UTC', '2030-01-08 09:00', 'FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=1,-1;COUNT=9'), ('UTC', '2030-01-08 09:00', 'FREQ=MONTHLY;INTERVAL=2;BYMONTHDAY=1,15,-1;UNTIL=20301231T000000Z'),
    ('UTC', '2028-02-29 09:00', 'FREQ=YEARLY;COUNT=4'), ('UTC', '2030-01-08 09:00', 'FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO;COUNT=4'), ('UTC', '2030-01-08 09:00', 'FREQ=YEARLY;BYYEARDAY=1,100,-1;COUNT=7'),
    ('UTC', '2030-01-08 09:00', 'FREQ=DAILY;BYHOUR=9,17;BYMINUTE=0,30;COUNT=10'), ('UTC', '2030-01-08 09:00', 'FREQ=DAILY;BYMONTH=2;BYDAY=MO;COUNT=6'),
    ('Europe/Berlin', '2030-03-28 02:30', 'FREQ=DAILY;COUNT=6'), ('Europe/Berlin', '2030-03-28 02:30', 'FREQ=DAILY;UNTIL=20300403T003000Z'), ('Europe/Berlin', '2030-10-25 02:30', 'FREQ=DAILY;COUNT=5'), ('America/New_York', '2030-03-08 23:30', 'FREQ=WEEKLY;COUNT=5'),
    ('Pacific/Apia', '2011-12-28 09:00', 'FREQ=DAILY;COUNT=5')) as r (zone, local_start, rule);
update rules set series = (select s from jsonb_populate_record(null::booking.series, jsonb_build_object(
  'rrule', rule, 'local_start', local_start, 'timezone', zone, 'local_end', local_start + interval '1 hour', 'rdates', '{}'::text[], 'exdates', '{}'::text[], 'dst_gap', case when n % 2 = 0 then 'shift' else 'skip' end)) s);
create function pg_temp.starts(series booking.series) returns timestamptz[] language sql
as $$ select array(select starts_at from booking.list_occurrences(series) where series.rrule is not null or series.rdates <> '{}') $$;

select is_empty($$
  select n, rule, o.starts_at
    from rules, lateral (select starts_at from booking.list_occurrences(series)) o
   where pg_temp.starts(booking.cut_rule(series, o.starts_at, 'before')) || pg_temp.starts(booking.cut_rule(series, o.starts_at, 'from')) <> pg_temp.starts(series)
      or (pg_temp.starts(booking.cut_rule(series, o.starts_at, 'from')))[1] <> o.starts_at $$, 'cut anywhere, both parts together are the whole');
select is_empty($$
  select n, rule from rules where (booking.cut_rule(series, '2000-01-01', 'before')).rrule is not null or (booking.cut_rule(series, '2100-01-01', 'from')).rrule is not null $$, 'where nothing is left there is no rule');
select is_empty($$
  select n, rule from rules, lateral booking.cut_rule(series, (pg_temp.starts(series))[2], 'from') c where c.local_end - c.local_start <> interval '1 hour' $$, 'each is as long as it was');
select is_empty($$
  select n, rule, shift
    from rules, unnest('{1 hour,-3 hours,1 day,-1 day,3 days,10 days 90 minutes}'::interval[]) shift,
         lateral (select array(select booking.resolve_local_time(o.local_start + shift, zone, 'shift') from booking.list_occurrences(series) o) as wanted) w
   where zone = 'UTC' and (rule ~ 'FREQ=DAILY;(COUNT|INTERVAL)' or rule ~ 'FREQ=WEEKLY') and pg_temp.starts(booking.shift_rule(booking.cut_rule(series, '2000-01-01', 'from'), shift)) <> wanted $$,
  'days and weeks shift as the rule says it');
select is_empty($$
  select n, rule, wanted, booking.fit_series(booking.shift_rule(series, shift), array(select w at time zone zone from unnest(wanted) w))
    from rules, unnest('{0,1 hour,-3 hours,1 day,-1 day,3 days,10 days 90 minutes,1 month,24:00}'::interval[]) shift,
         lateral (select array(select distinct booking.resolve_local_time(o.local_start + shift, zone, 'shift') from booking.list_occurrences(series) o order by 1) as wanted) w
   where pg_temp.starts(booking.fit_series(booking.shift_rule(series, shift), array(select w at time zone zone from unnest(wanted) w))) <> wanted $$, 'fitted to a shift, it takes place exactly then, whatever the rule');
select is_empty($$
  select n, rule, wanted
    from rules, lateral (select array_remove(array_remove(pg_temp.starts(series), (pg_temp.starts(series))[2]), (pg_temp.starts(series))[4]) || timestamptz '2099-07-01 12:00+00' as wanted) w
   where pg_temp.starts(booking.fit_series(series, array(select w at time zone zone from unnest(wanted) w))) <> wanted $$, 'or to what is left of it, and one more');
select is(tests.says(booking.fit_series(series, starts)), says, what)
  from (select series from rules where n = 1) s,
       (values ('{2030-01-08 09:00,2030-01-09 09:00,2030-01-10 09:00,2030-01-11 09:00}'::timestamp[], 'FREQ=DAILY;COUNT=7 from 08 09:00 but 12 09:00, 13 09:00, 14 09:00', 'what it yields beyond is excluded'),
               ('{2030-01-08 09:00,2030-02-09 09:00}', 'FREQ=DAILY;COUNT=7 from 08 09:00 and 09 09:00 but 09 09:00, 10 09:00, 11 09:00, 12 09:00, 13 09:00, 14 09:00', 'half of it is enough of a rule'),
               ('{2030-01-08 09:00,2030-02-09 09:00,2030-02-10 09:00}', 'none from 08 09:00 and 08 09:00, 09 09:00, 10 09:00', 'less is not')) as f (starts, says, what);

select * from finish();
rollback;
