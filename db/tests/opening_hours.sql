-- Opening hours: managers write them, everybody reads them, and a reservation lies within them, whoever asks and how.
begin;
select no_plan();
select tests.world();
update booking.resources set timezone = 'Europe/Berlin' where id = tests.id('studio');

-- Who writes what
create temp table before as select tests.digest();
grant select on before to public;
create temp table writes (statement text);
insert into writes values
  ($$insert into api.opening_hours (weekday, opens, closes) values (1, '09:00', '17:00')$$), ($$update api.opening_hours set closes = '18:00'$$), ($$delete from api.opening_hours$$),
  ($$insert into api.opening_exceptions (date, is_closed) values ('2030-01-08', true)$$), ($$update api.opening_exceptions set is_closed = true, opens = null, closes = null$$), ($$delete from api.opening_exceptions$$);
grant select on writes to public;
select tests.be('manager');
insert into api.opening_hours (weekday, opens, closes) values (1, '09:00', '12:00'), (1, '13:00', '17:00'), (2, '20:00', '02:00');
insert into api.opening_exceptions (date, opens, closes, reason) values ('2030-01-14', '10:00', '11:00', 'Inventory');
select tests.be_dba();
truncate before;
insert into before select tests.digest();
select throws_ok(format('select tests.be(%L);', who) || statement, 'PT403', 'forbidden', who || ': ' || statement) from unnest('{member, approver}'::text[]) who, writes;
select is(tests.answer(format('select tests.be(''stranger''); %s where tenant_id = %L', statement, tests.id('acme'))), '{"rows": 0}', 'a stranger finds none of ours: ' || statement) from writes where statement !~ '^insert';
select throws_ok('select tests.be_nobody();' || statement, '42501', null, 'nobody: ' || statement) from writes;
select tests.be('member');
select is(array[(select count(*) from api.opening_hours), (select count(*) from api.opening_exceptions)], '{3,1}', 'a member reads them');
select tests.be('stranger');
select is(array[(select count(*) from api.opening_hours), (select count(*) from api.opening_exceptions)], '{0,0}', 'a stranger does not');
select throws_ok(format('insert into api.opening_hours (tenant_id, weekday, opens, closes) values (%L, 1, ''09:00'', ''17:00'')', tests.id('acme')), 'PT403', 'forbidden', 'nor makes one of ours');
select throws_ok($$insert into api.opening_exceptions (resource_id, date, is_closed) values (tests.id('room'), '2030-01-08', true)$$, 'PT404', 'not_found', 'or about ours');

-- What is wrong is named.
select tests.be('manager');
select matches(a ->> 'code' || ' ' || (a ->> 'message') || ' ' || a::text, format('^PT400 invalid_argument .*%s', wrong), format('400, and %s is named: %s', wrong, statement))
  from (values
    ($$insert into api.opening_hours (weekday, opens, closes) values (0, '09:00', '17:00')$$, 'weekday'), ($$insert into api.opening_hours (weekday, opens, closes) values (8, '09:00', '17:00')$$, 'weekday'),
    ($$insert into api.opening_hours (opens, closes) values ('09:00', '17:00')$$, 'weekday'), ($$insert into api.opening_hours (weekday, closes) values (1, '17:00')$$, 'opens'),
    ($$insert into api.opening_hours (weekday, opens) values (1, '09:00')$$, 'closes'), ($$insert into api.opening_hours (weekday, opens, closes) values (1, '24:00', '17:00')$$, 'opens'),
    ($$insert into api.opening_hours (weekday, opens, closes, valid_from) values (1, '09:00', '17:00', 'infinity')$$, 'valid_from'), ($$insert into api.opening_hours (weekday, opens, closes, valid_to) values (1, '09:00', '17:00', '10000-01-01')$$, 'valid_to'),
    ($$insert into api.opening_hours (weekday, opens, closes, valid_from, valid_to) values (1, '09:00', '17:00', '2030-01-08', '2030-01-07')$$, 'valid_to'),
    ($$insert into api.opening_hours (weekday, opens, closes, kind, resource_id) values (1, '09:00', '17:00', 'room', tests.id('room'))$$, 'kind'),
    ($$update api.opening_hours set weekday = 9$$, 'weekday'), ($$update api.opening_hours set opens = null$$, 'opens'),
    ($$insert into api.opening_exceptions (is_closed) values (true)$$, 'date'), ($$insert into api.opening_exceptions (date, is_closed) values ('infinity', true)$$, 'date'),
    ($$insert into api.opening_exceptions (date) values ('2030-01-08')$$, 'is_closed'), ($$insert into api.opening_exceptions (date, opens) values ('2030-01-08', '09:00')$$, 'closes'),
    ($$insert into api.opening_exceptions (date, is_closed, opens, closes) values ('2030-01-08', true, '09:00', '17:00')$$, 'is_closed'), ($$insert into api.opening_exceptions (date, opens, closes) values ('2030-01-08', '24:00', '17:00')$$, 'opens'),
    ($$insert into api.opening_exceptions (date, is_closed, reason) values ('2030-01-08', true, repeat('x', 1001))$$, 'reason'), ($$insert into api.opening_exceptions (date, is_closed, kind, resource_id) values ('2030-01-08', true, 'room', tests.id('room'))$$, 'kind'),
    ($$update api.opening_exceptions set is_closed = true$$, 'is_closed')
  ) as wrongs (statement, wrong), tests.answer(statement) a;
select throws_ok(statement, 'PT404', 'not_found', 'about nothing that is there: ' || statement)
  from (values ($$insert into api.opening_hours (weekday, opens, closes, resource_id) values (1, '09:00', '17:00', tests.id('theirs'))$$), ($$insert into api.opening_exceptions (date, is_closed, resource_id) values ('2030-01-08', true, tests.id('nowhere'))$$),
               ($$update api.opening_hours set resource_id = tests.id('theirs')$$)) as wrongs (statement);
select throws_ok($$update api.opening_hours set tenant_id = tests.id('globex')$$, 'PT403', 'forbidden', 'they stay in their tenant');
select is(tests.digest(), digest, 'none of which changed anything') from before;

-- A reservation lies within them, wherever it is asked for. Monday 9 to 12 and 13 to 17, Tuesday 20:00 to 02:00.
select tests.be_dba();
select tests.rule('studio', '{"buffer_before": "1 hour", "buffer_after": "1 hour"}');
select is(tests.everywhere('member', 'room', starts, ends) ->> 'message', slug, format('%s to %s: %s', starts, ends, coalesce(slug, 'open')))
  from (values
    (tests.at('09:00'), tests.at('12:00'), null), (tests.at('13:00'), tests.at('17:00'), null), (tests.at('10:00'), tests.at('10:30'), null),
    (tests.at('08:59:59.999999'), tests.at('10:00'), 'outside_opening_hours'), (tests.at('16:00'), tests.at('17:00:00.000001'), 'outside_opening_hours'), (tests.at('11:00'), tests.at('14:00'), 'outside_opening_hours'),
    (tests.at('12:00'), tests.at('13:00'), 'outside_opening_hours'), (tests.at('18:00'), tests.at('19:00'), 'outside_opening_hours'), (tests.at('10:00', 2), tests.at('11:00', 2), 'outside_opening_hours'),
    (tests.at('09:00'), tests.at('12:00', 7), 'outside_opening_hours'),
    (tests.at('20:00', 1), tests.at('02:00', 2), null), (tests.at('00:00', 2), tests.at('02:00', 2), null), (tests.at('23:00', 1), tests.at('00:00', 2), null),
    (tests.at('23:00', 1), tests.at('02:00:01', 2), 'outside_opening_hours'), (tests.at('02:00', 2), tests.at('03:00', 2), 'outside_opening_hours'),
    -- The exception: the 14th, a Monday
    (tests.at('10:00', 7), tests.at('11:00', 7), null), (tests.at('09:00', 7), tests.at('10:00', 7), 'outside_opening_hours'), (tests.at('14:00', 7), tests.at('15:00', 7), 'outside_opening_hours'), (tests.at('14:00', 14), tests.at('15:00', 14), null)
  ) as asked (starts, ends, slug);
select is(tests.everywhere('member', 'studio', starts, ends) ->> 'message', slug, format('by the clock of Berlin, buffers excepted: %s to %s: %s', starts, ends, coalesce(slug, 'open')))
  from (values ('2030-01-07 09:00+01'::timestamptz, '2030-01-07 12:00+01'::timestamptz, null), ('2030-01-07 09:00+00', '2030-01-07 12:00+00', 'outside_opening_hours'), ('2030-01-07 08:30+01', '2030-01-07 12:00+01', 'outside_opening_hours')) as asked (starts, ends, slug);
select is(tests.everywhere('member', 'room', tests.at('08:30'), tests.at('10:00')) #- '{details,violations}', jsonb_build_object('code', 'PT422', 'message', 'outside_opening_hours', 'hint', 'room is open 09:00–12:00 and 13:00–17:00.',
    'details', jsonb_build_object('open', jsonb_build_array(jsonb_build_object('starts_at', tests.at('09:00'), 'ends_at', tests.at('12:00')), jsonb_build_object('starts_at', tests.at('13:00'), 'ends_at', tests.at('17:00'))))), 'when it is open is told');
select is(tests.everywhere('member', 'room', tests.at('10:00', 2), tests.at('11:00', 2)) - 'code' #- '{details,violations}', jsonb_build_object('message', 'outside_opening_hours', 'hint', 'room is open 00:00–02:00.',
    'details', jsonb_build_object('open', jsonb_build_array(jsonb_build_object('starts_at', tests.at('00:00', 2), 'ends_at', tests.at('02:00', 2))))), 'that day''s part of a night');
select is(tests.everywhere('member', 'room', tests.at('10:00', 3), tests.at('11:00', 3)) -> 'hint', '"room is closed on that day."', 'or that it is closed');
select is(tests.everywhere('member', 'studio', '2030-01-07 12:30+01', '2030-01-07 13:30+01') -> 'hint', '"studio is open 09:00–12:00 and 13:00–17:00."', 'in the zone of the resource');

-- Around the change of clocks: the 31st of March, a Sunday, is open from 01:00 to 04:00, two hours.
select tests.hours('studio', '{7}', '01:00', '04:00');
select is(tests.everywhere('member', 'studio', starts, ends) ->> 'message', slug, format('on the short night, %s to %s: %s', starts, ends, coalesce(slug, 'open')))
  from (values ('2030-03-31 01:00+01'::timestamptz, '2030-03-31 04:00+02'::timestamptz, null), ('2030-03-31 01:00+01', '2030-03-31 04:00+01', 'outside_opening_hours'), ('2030-10-27 01:00+02', '2030-10-27 04:00+01', null)) as asked (starts, ends, slug);

-- What opens in the gap opens after it; of what closes in the hour that comes twice, the first counts.
select tests.exception('studio', '2030-03-31', '02:30', '05:00'), tests.exception('studio', '2030-10-27', '01:00', '02:30');
select tests.hours('studio', '{1}', '00:00', '24:00');
select is(tests.everywhere('member', 'studio', starts, ends) ->> 'message', slug, format('on an exception, %s to %s: %s', starts, ends, coalesce(slug, 'open')))
  from (values ('2030-03-31 03:00+02'::timestamptz, '2030-03-31 04:00+02'::timestamptz, 'outside_opening_hours'), ('2030-03-31 03:30+02', '2030-03-31 05:00+02', null),
               ('2030-10-27 01:00+02', '2030-10-27 02:30+02', null), ('2030-10-27 02:00+01', '2030-10-27 02:15+01', 'outside_opening_hours')) as asked (starts, ends, slug);
delete from booking.opening_exceptions where resource_id = tests.id('studio');
delete from booking.opening_hours where resource_id = tests.id('studio');
select tests.hours('studio', '{7}', '02:30', '05:00', valid_to => '2030-04-30'), tests.hours('studio', '{7}', '01:00', '02:30', '2030-05-01');
select is(tests.everywhere('member', 'studio', starts, ends) ->> 'message', slug, format('by the week, %s to %s: %s', starts, ends, coalesce(slug, 'open')))
  from (values ('2030-03-31 03:00+02'::timestamptz, '2030-03-31 04:00+02'::timestamptz, 'outside_opening_hours'), ('2030-03-31 03:30+02', '2030-03-31 05:00+02', null),
               ('2030-10-27 01:00+02', '2030-10-27 02:30+02', null), ('2030-10-27 02:00+01', '2030-10-27 02:15+01', 'outside_opening_hours')) as asked (starts, ends, slug);

-- A series skips what is closed; a bundle does not come to pass.
select tests.be('member');
select results_eq($$ select r ->> 'code', (r ->> 'starts_at')::timestamptz from jsonb_array_elements(api.create_series(tests.id('room'), 'FREQ=DAILY;COUNT=8', '2030-01-07 10:00', '1 hour', on_conflict => 'skip') -> 'rejected') r $$,
  $$ select 'outside_opening_hours', tests.at('10:00', n) from generate_series(1, 6) n $$, 'of a series each that lies outside is told');

-- Managers override; what a member has stays when the hours change.
select is(tests.answer($$ select api.create_reservation(tests.id('room'), tests.at('18:00'), tests.at('19:00'), override => true, reason => 'x') $$) ->> 'message', 'forbidden', 'members do not override');
select tests.be('manager');
select is((api.create_reservation(tests.id('room'), tests.at('18:00'), tests.at('19:00'), override => true, reason => 'party')).status::text, 'confirmed', 'managers do');
select tests.be_dba();
select tests.reserve('b', 'room', '13:00', '14:00');
select tests.reserve('t', 'room', '14:00', '15:00', 'tentative');
select tests.be('manager');
delete from api.opening_hours where opens = '13:00';
select is(array[(tests.reservation('b')).status::text, tests.claims('b')::text], '{confirmed, "{\"room 1 13:00-14:00\"}"}', 'a change of hours cancels nothing');
select tests.be('member');
select is(tests.answer(format('select api.%s', call)) ->> 'message', slug, format('then %s: %s', call, coalesce(slug, 'as they wish')))
  from (values ($$update_reservation(tests.id('b'), 'x')$$, null), ($$confirm_reservation(tests.id('t'))$$, null), ($$check_in_reservation(tests.id('b'))$$, null), ($$cancel_reservation(tests.id('b'))$$, null),
               ($$reschedule_reservation(tests.id('b'), tests.at('11:00'), tests.at('12:00'), tests.id('desks'))$$, null),
               ($$reschedule_reservation(tests.id('b'), tests.at('13:00'), tests.at('13:30'))$$, 'outside_opening_hours'), ($$check_reservation_conflict(tests.id('room'), tests.at('13:00'), tests.at('13:30'), exclude_reservation_id => tests.id('b'))$$, 'outside_opening_hours')) as calls (call, slug);
-- A resource takes its hours along.
select tests.be_dba();
select tests.hours('desks', '{1}', '09:00', '17:00'), tests.exception('desks', '2030-01-09');
select lives_ok($$ select tests.be('manager'); delete from api.resources where id = tests.id('desks') $$, 'a resource with hours can go');
select tests.be_dba();
select is_empty($$ select from booking.opening_hours where resource_id = tests.id('desks') union all select from booking.opening_exceptions where resource_id = tests.id('desks') $$, 'and they with it');
select is_empty('select * from booking.verify_invariants()', 'all is in order');

select * from finish();
rollback;
