-- api.series_occurrences tells when a series takes place by its rule, and what became of each.
begin;
select no_plan();
select tests.world();
create function pg_temp.became(series text) returns text[] language sql
as $$
  select array(select concat_ws(' ', to_char(o.original_starts_at, 'DD HH24:MI'), case when o.reservation_id is null then 'none' when r.id is null then 'unseen' when (o.starts_at, o.ends_at) = (r.starts_at, r.ends_at) then 'is' end,
                                to_char(o.starts_at, 'DD HH24:MI') || to_char(o.ends_at, '-HH24:MI'), (select name from api.resources s where s.id = o.resource_id), o.title, o.status)
                 from api.series_occurrences(tests.id(series)) with ordinality as o (original_starts_at, reservation_id, starts_at, ends_at, resource_id, title, status, n)
                 left join api.reservations r on r.id = o.reservation_id
                order by n)
$$;

select tests.reserve('rival', 'room', '09:00', '10:00', owner => 'colleague');
select tests.be('member');
create temp table made as select api.create_series(tests.id('room'), 'FREQ=DAILY;COUNT=4', '2030-01-07 09:00', '1 hour', title => 'S', rdates => '{2030-01-15 09:00}', exdates => '{2030-01-09 09:00}', on_conflict => 'skip', id => tests.id('s')) as answer;
select is(pg_temp.became('s'), '{07 09:00 none 07 09:00-10:00 room S,08 09:00 is 08 09:00-10:00 room S confirmed,10 09:00 is 10 09:00-10:00 room S confirmed,15 09:00 is 15 09:00-10:00 room S confirmed}',
  'in order; what was never to be had has no reservation, what is excluded does not appear');

select tests.be_dba();
select tests.recur('a', 'FREQ=DAILY;COUNT=5', 'desks');
delete from booking.reservations where id = tests.id('a5');
select tests.edit('member', 'cancel this a2'), tests.edit('member', $$reschedule this a3, shift => '2 hours', resource_id => tests.id('studio')$$), tests.edit('member', $$update this a4, title => 'Last'$$);
select is(pg_temp.became('a'), '{08 09:00 is 08 09:00-10:00 desks a confirmed,09 09:00 is 09 09:00-10:00 desks a cancelled,10 09:00 is 10 11:00-12:00 studio a confirmed,11 09:00 is 11 09:00-10:00 desks Last confirmed}',
  'what became of each: cancelled, moved, renamed; deleted, it does not appear');
select tests.edit('member', $$reschedule all a, shift => '1 hour'$$);
select is(pg_temp.became('a'), '{08 10:00 is 08 10:00-11:00 desks a confirmed,09 09:00 is 09 09:00-10:00 desks a cancelled,10 09:00 is 10 11:00-12:00 studio a confirmed,11 10:00 is 11 10:00-11:00 desks Last confirmed}',
  'by the rule as it is now; none is lost, and none appears twice');
select tests.edit('member', $$reschedule following a4, shift => '1 hour'$$);
select is(pg_temp.became('a'), '{08 10:00 is 08 10:00-11:00 desks a confirmed,09 09:00 is 09 09:00-10:00 desks a cancelled,10 09:00 is 10 11:00-12:00 studio a confirmed}', 'without what was split off');
select is(array(select reservation_id from api.series_occurrences((tests.split_off('a')).id)), array[tests.id('a4')], 'which is there');
select tests.edit('member', 'cancel all a');
select is(cardinality(pg_temp.became('a')), 3, 'of a cancelled series, too');

-- Moved to where one was cancelled: each start once, as it stands now.
select tests.be_dba();
select tests.recur('m', 'FREQ=DAILY;COUNT=3', 'studio');
select tests.edit('member', 'cancel this m2');
select tests.edit('member', $$reschedule all m, shift => '1 day'$$);
select tests.be('member');
select is(pg_temp.became('m'), '{09 09:00 is 09 09:00-10:00 studio m confirmed,11 09:00 is 11 09:00-10:00 studio m confirmed}', 'the one that takes place there');
select tests.edit('member', 'cancel this m1');
select is(pg_temp.became('m'), '{09 09:00 is 09 09:00-10:00 studio m cancelled,11 09:00 is 11 09:00-10:00 studio m confirmed}', 'or did to the last');
select is(array(select o.reservation_id from api.series_occurrences(tests.id('m')) o where o.status = 'cancelled'), array[tests.id('m1')], 'which is the later one');

-- Who
create function pg_temp.answer(who text, series text) returns jsonb language sql
as $$ select tests.be(who); select tests.answer(format('select * from api.series_occurrences(%L)', tests.id(series))) $$;
select is(pg_temp.answer(who, 'a'), '{"rows": 3}', who || ' sees them') from unnest('{approver,manager,admin,member}'::text[]) who;
select is(array[a ->> 'code', a ->> 'message'], '{PT404,not_found}', format('%s: none of %s', who, series))
  from (values ('colleague', 'a'), ('stranger', 'a'), ('member', 'none'), ('member', null)) as others (who, series), pg_temp.answer(who, series) a;
select tests.be_nobody();
select throws_ok($$ select * from api.series_occurrences(tests.id('a')) $$, '42501', null, 'nobody: refused at the door');

select * from finish();
rollback;
