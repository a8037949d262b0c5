-- api.resource_utilization and api.peak_hours: how much of what is open is booked, and when.
begin;
select no_plan();
select tests.world();
create function pg_temp.use(resource text, first date default '2030-01-07', last date default '2030-01-08', bucket text default 'day') returns text language sql
as $$
  select string_agg(format('%s %s/%s %s %s/%s', to_char(u.bucket_start at time zone s.timezone, 'DD HH24:MI'), u.booked_minutes, u.open_minutes, coalesce(u.utilization::text, '-'), u.no_shows, u.bookings), ', ' order by u.bucket_start)
    from api.resources s,
         api.resource_utilization(first::timestamp at time zone s.timezone, last::timestamp at time zone s.timezone, bucket, array[s.id]) u
   where s.id = tests.id(resource)
$$;

-- Who may ask
select lives_ok(format('select tests.be(%L); select * from api.resource_utilization(tests.at(''00:00''), tests.at(''00:00'', 1)); select * from api.peak_hours(tests.at(''00:00''), tests.at(''00:00'', 1))', who), who || ' may ask')
  from unnest('{manager, admin}'::text[]) who;
select throws_ok(format('select tests.be(%L); select * from api.%s', who, call), 'PT403', 'forbidden', format('%s may not: %s', who, call))
  from unnest('{member, approver}'::text[]) who,
       unnest('{"resource_utilization(tests.at(''00:00''), tests.at(''00:00'', 1))", "peak_hours(tests.at(''00:00''), tests.at(''00:00'', 1))"}'::text[]) call;
select tests.be('manager');

-- What it refuses
select throws_ok('select * from api.' || call, 'PT400', slug, format('%s: %s', call, slug))
  from (values ('resource_utilization(null, tests.at(''00:00''))', 'invalid_time_range'), ('resource_utilization(tests.at(''00:00''), tests.at(''00:00''))', 'invalid_time_range'),
               ('resource_utilization(tests.at(''00:00''), ''infinity'')', 'invalid_time_range'), ('resource_utilization(tests.at(''00:00''), tests.at(''01:00''), ''minute'')', 'invalid_argument'),
               ('resource_utilization(tests.at(''00:00''), tests.at(''01:00''), null)', 'invalid_argument'), ('resource_utilization(''0001-01-01'', ''9999-01-01'', ''month'')', 'invalid_argument'),
               ('peak_hours(tests.at(''00:00''), tests.at(''00:00'', 367))', 'invalid_argument'), ('peak_hours(tests.at(''01:00''), tests.at(''00:00''))', 'invalid_time_range')) as calls (call, slug);

-- An empty world
select is(pg_temp.use('room'), '07 00:00 0/1440 0.0000 0/0', 'always open, nothing booked');
select is(pg_temp.use('desks'), '07 00:00 0/4320 0.0000 0/0', 'three desks are open for three times as long');
select set_eq($$ select resource_id from api.resource_utilization(tests.at('00:00'), tests.at('12:00')) $$, $$ select id from api.resources where is_active $$, 'all that are active');
select is(pg_temp.use('closed'), '07 00:00 0/1440 0.0000 0/0', 'one that is not, if asked for');
select is_empty($$ select * from api.resource_utilization(tests.at('00:00'), tests.at('12:00'), 'day', array[tests.id('theirs'), tests.id('none')]) $$, 'nothing of others, or of what is not there');

-- What counts
select tests.be_dba();
select tests.reserve('confirmed', 'room', '09:00', '10:30'), tests.reserve('held', 'room', '11:00', '12:00', 'held'), tests.reserve('pencilled', 'room', '12:00', '13:00', 'pencilled'),
       tests.reserve('tentative', 'room', '09:00', '15:00', 'tentative'), tests.reserve('pending', 'room', '09:00', '15:00', 'pending'), tests.reserve('cancelled', 'room', '14:00', '15:00');
update booking.reservations set status = 'cancelled' where id = tests.id('cancelled');
select tests.be('manager');
select is(pg_temp.use('room'), '07 00:00 90/1440 0.0625 0/1', 'confirmed counts; held, pencilled, tentative, pending, cancelled do not');
select is(pg_temp.use('room', '2030-01-07', '2030-01-09'), '07 00:00 90/1440 0.0625 0/1, 08 00:00 0/1440 0.0000 0/0', 'day by day');
select is(pg_temp.use('room', '2030-01-01', '2030-02-01', 'month'), '01 00:00 90/44640 0.0020 0/1', 'a month');
select is(pg_temp.use('room', '2030-01-09', '2030-01-15', 'week'), '07 00:00 0/7200 0.0000 0/0, 14 00:00 0/1440 0.0000 0/0', 'weeks begin on Monday; of the first only what was asked for');
select is((select string_agg(u.booked_minutes::text, ',' order by bucket_start) from api.resource_utilization(tests.at('08:00'), tests.at('12:00'), 'hour', array[tests.id('room')]) u), '0,60,30,0', 'hours');
select is((select string_agg(format('%s/%s %s', u.booked_minutes, u.open_minutes, u.bookings), ',' order by bucket_start) from api.resource_utilization(tests.at('09:15'), tests.at('10:15'), 'hour', array[tests.id('room')]) u), '45/45 0,15/15 0',
  'a range within: what began before it is no booking of it');
select tests.be_dba();
select tests.clock('09:30');
update booking.reservations set status = 'checked_in' where id = tests.id('confirmed');
select tests.be('manager');
select is(pg_temp.use('room'), '07 00:00 90/1440 0.0625 0/1', 'checked in');
select tests.be_dba();
select tests.clock('10:00');
update booking.reservations set status = 'completed' where id = tests.id('confirmed');
select tests.reserve('missed', 'room', '10:00', '11:00');
select tests.clock('10:20');
update booking.reservations set status = 'no_show' where id = tests.id('missed');
select tests.be('manager');
select is(pg_temp.use('room'), '07 00:00 80/1440 0.0556 1/2', 'completed early and missed: until then');

-- Units, several days, hours, blackouts
select tests.be_dba();
select tests.reserve('two', 'desks', '06:00', '12:00', units => 2);
select tests.book('long', 'studio', tests.at('22:00', 0), tests.at('02:00', 3));
select tests.hours('stage', '{1,2}', '09:00', '17:00');
select tests.close('works', 'stage', '08:00', '11:00'), tests.close('more works', 'stage', '10:00', '12:00');
select tests.reserve('early', 'stage', '07:00', '08:00'), tests.reserve('in', 'stage', '15:00', '16:00');
select tests.be('manager');
select is(pg_temp.use('desks'), '07 00:00 720/4320 0.1667 0/1', 'units count');
select is(pg_temp.use('studio', '2030-01-07', '2030-01-11'), '07 00:00 120/1440 0.0833 0/1, 08 00:00 1440/1440 1.0000 0/0, 09 00:00 1440/1440 1.0000 0/0, 10 00:00 120/1440 0.0833 0/0', 'cut at midnight; counted once');
select is(pg_temp.use('studio', '2030-01-09', '2030-01-10'), '09 00:00 1440/1440 1.0000 0/0', 'what began days before');
select is(pg_temp.use('stage', '2030-01-07', '2030-01-10'), '07 00:00 120/300 0.4000 0/2, 08 00:00 0/480 0.0000 0/0, 09 00:00 0/0 - 0/0', 'less blackouts, once; a closed day has none');
select tests.be_dba();
update booking.blackouts set lifted_at = booking.now() where id = tests.id('works');
select tests.hours('desks', '{1}', '08:00', '09:00');
select tests.be('manager');
select is(pg_temp.use('stage'), '07 00:00 120/360 0.3333 0/2', 'lifted: open');
select is(pg_temp.use('desks'), '07 00:00 720/180 4.0000 0/1', 'beyond its hours: more than 1');

-- Its own clock, and days on which it is set
select tests.be_dba();
insert into booking.resources (tenant_id, id, name, timezone) values (tests.id('acme'), tests.id('berlin'), 'berlin', 'Europe/Berlin');
select tests.book('night', 'berlin', '2030-10-26 22:00+00', '2030-10-27 23:00+00'), tests.book('spring', 'berlin', '2030-03-30 23:00+00', '2030-03-31 22:00+00');
select tests.be('manager');
select is(pg_temp.use('berlin', '2030-10-27', '2030-10-28'), '27 00:00 1500/1500 1.0000 0/1', 'a day of 25 hours');
select is(pg_temp.use('berlin', '2030-03-31', '2030-04-01'), '31 00:00 1380/1380 1.0000 0/1', 'a day of 23');
select is(count(*), 25::bigint, '25 hours') from api.resource_utilization('2030-10-26 22:00+00', '2030-10-27 23:00+00', 'hour', array[tests.id('berlin')]) where utilization = 1 and open_minutes = 60;
select is(count(*), 23::bigint, '23 hours') from api.resource_utilization('2030-03-30 23:00+00', '2030-03-31 22:00+00', 'hour', array[tests.id('berlin')]) where utilization = 1 and open_minutes = 60;

-- Peak hours
select results_eq($$ select weekday, hour, booked_minutes, bookings from api.peak_hours('2030-10-26 22:00+00', '2030-10-27 23:00+00') where booked_minutes > 0 $$,
  $$ select 7, h, case h when 2 then 120.0::double precision else 60 end, case h when 0 then 1::bigint else 0 end from generate_series(0, 23) h $$, 'by the wall clock: two o''clock twice');
select is(count(*), 168::bigint, 'every hour of the week, busy or not') from api.peak_hours(tests.at('00:00'), tests.at('01:00'));
select results_eq($$ select hour, booked_minutes, bookings from api.peak_hours(tests.at('00:00'), tests.at('12:00')) where weekday = 1 and hour between 5 and 11 $$,
  $$ values (5, 0::double precision, 0::bigint), (6, 120, 1), (7, 180, 1), (8, 120, 0), (9, 180, 1), (10, 140, 1), (11, 120, 0) $$, 'units and all resources together');

select * from finish();
rollback;
