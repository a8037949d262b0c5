-- api.update_series changes what this, the following or all occurrences of a series say of themselves.
begin;
select no_plan();
select tests.world();

select is(array[t.told, t.stands, t.says], array[s.told, s.stands, s.says], format('%s (%s)', what, array_to_string(steps, '; ')))
  from (values
  ('all of it', array[$$update all a, title => 'Retro', notes => 'n'$$],
   '3 reservation.updated, 1 series.updated', '08 09:00-10:00, 09 09:00-10:00, 10 09:00-10:00', 'FREQ=DAILY;COUNT=3 from 08 09:00'),
  ('one', array[$$update this a2, title => 'Retro'$$],
   '1 reservation.updated, 1 series.updated', '08 09:00-10:00, 09 09:00-10:00, 10 09:00-10:00', 'FREQ=DAILY;COUNT=3 from 08 09:00'),
  ('the following become a series of their own', array[$$update following a2, title => 'Retro'$$],
   '2 reservation.updated, 1 series.created, 1 series.updated', '08 09:00-10:00, 09 09:00-10:00 split, 10 09:00-10:00 split', 'FREQ=DAILY;COUNT=1 from 08 09:00 / FREQ=DAILY;COUNT=2 from 09 09:00'),
  ('from the first on it is the same', array[$$update following a1, title => 'Retro'$$],
   '3 reservation.updated, 1 series.updated', '08 09:00-10:00, 09 09:00-10:00, 10 09:00-10:00', 'FREQ=DAILY;COUNT=3 from 08 09:00'),
  ('what has begun stays as it is', array[$$tests.clock('09:00', 1)$$, $$update all a, title => 'Retro'$$],
   '2 reservation.updated, 1 series.updated', '08 09:00-10:00, 09 09:00-10:00, 10 09:00-10:00', 'FREQ=DAILY;COUNT=3 from 08 09:00'),
  ('and what is cancelled', array['cancel this a2', $$update all a, title => 'Retro'$$],
   '2 reservation.updated, 1 series.updated', '08 09:00-10:00, 09 09:00-10:00 cancelled, 10 09:00-10:00', 'FREQ=DAILY;COUNT=3 from 08 09:00'),
  ('what was moved is described, too', array[$$reschedule this a2, shift => '2 hours'$$, $$update all a, title => 'Retro'$$],
   '3 reservation.updated, 1 series.updated', '08 09:00-10:00, 09 11:00-12:00 (09 09:00), 10 09:00-10:00', 'FREQ=DAILY;COUNT=3 from 08 09:00'),
  ('and parts with those that follow', array[$$reschedule this a2, shift => '2 hours'$$, $$update following a2, title => 'Retro'$$],
   '2 reservation.updated, 1 series.created, 1 series.updated', '08 09:00-10:00, 09 11:00-12:00 (09 09:00) split, 10 09:00-10:00 split', 'FREQ=DAILY;COUNT=1 from 08 09:00 / FREQ=DAILY;COUNT=2 from 09 09:00'),
  ('one that says so already is not changed', array[$$update this a2, title => 'Retro'$$, $$update all a, title => 'Retro'$$],
   '2 reservation.updated, 1 series.updated', '08 09:00-10:00, 09 09:00-10:00, 10 09:00-10:00', 'FREQ=DAILY;COUNT=3 from 08 09:00')
  ) as s (what, steps, told, stands, says),
  lateral tests.story($$tests.recur('a', 'FREQ=DAILY;COUNT=3')$$, steps) t;
-- The rule has it nowhere since it stayed when the others moved.
select is(array[t.told, t.stands], array['1 reservation.updated, 1 series.created, 1 series.updated', '08 08:00-09:00, 09 08:00-09:00, 10 11:00-12:00 (10 09:00) split'], 'one that its rule yields no more parts, too')
  from tests.story($$tests.recur('a', 'FREQ=DAILY;COUNT=3')$$, array[$$reschedule this a3, shift => '2 hours'$$, $$reschedule all a, shift => '-1 hour'$$, $$update following a3, title => 'Retro'$$]) t;

-- What is said
select tests.be_dba();
select tests.recur('a', 'FREQ=DAILY;COUNT=3');
select tests.be('member');
create temp table made as select api.update_series(tests.id('a'), title => 'Retro', metadata => '{"a": 1}', expected_version => 1, reason => 'typo') as answer;
grant select on made to public;
select is(answer, jsonb_build_object('series_id', tests.id('a'), 'reservations', (select jsonb_agg(to_jsonb(r) order by starts_at) from api.reservations r)), 'the answer has the reservations whole, by their start') from made;
select results_eq('select title::text, notes::text, metadata, version from api.reservations', $$ select 'Retro', 'private', '{"a": 1}'::jsonb, 2 from generate_series(1, 3) $$, 'all say so; what is not given stays');
select is(array[s.title::text, s.version::text], '{Retro,2}', 'so does the series') from tests.series('a') s;
select is(booking.event_data(tests.last_event('a1')) - 'reservation', '{"previous": {"title": "a", "metadata": {}}, "reason": "typo", "override": false}', 'the event says who changed what, and why');
select is(tests.edit('member', $$update all a, notes => 'n2'$$) || ' ' || (tests.reservation('a3')).notes || ' ' || (tests.series('a')).title, '3 reservation.updated, 1 series.updated n2 Retro', 'notes are the reservations''');
select is(tests.edit('member', $$update this a2, title => '', notes => '', metadata => '{}'$$), '1 reservation.updated, 1 series.updated', 'or taken back, of one');
select is(array[(tests.reservation('a2')).title::text, (tests.reservation('a1')).title::text, (tests.series('a')).title::text], '{"",Retro,Retro}', 'which is no other''s, nor the series''');
select is(tests.edit('member', $$update following a2, title => 'Later'$$), '2 reservation.updated, 1 series.created, 1 series.updated', 'those that follow');
select is(array[(tests.reservation('a1')).title::text, (tests.reservation('a3')).title::text, (tests.series('a')).title::text, (tests.split_off('a')).title::text], '{Retro,Later,Retro,Later}', 'and their series');
select is(tests.edit('manager', $$update following a2, title => 'Moderated'$$) || ' ' || (tests.split_off('a')).title, '2 reservation.updated, 1 series.updated Moderated', 'a manager''s pen reaches everywhere');

-- Refusals
select tests.be_dba();
select tests.recur('b', 'FREQ=DAILY;COUNT=2', local_start => '2030-02-04 09:00');
select tests.recur('held', 'FREQ=DAILY;COUNT=2', local_start => '2030-02-04 12:00', status => 'held', expires => '08:30');
select tests.recur('done', 'FREQ=DAILY;COUNT=2', 'desks', '2030-01-05 15:00');
select tests.recur('gone', 'FREQ=DAILY;COUNT=2', 'desks', '2030-02-05 15:00');
update booking.series set cancelled_at = booking.now() where id = tests.id('gone');
select tests.recur('hers', 'FREQ=DAILY;COUNT=2', 'desks', owner => 'colleague');
create temp table before as select tests.digest();
create temp table refusals (who text, call text, code text, slug text);
insert into refusals values
  ('colleague', $$tests.id('b'), title => 'x'$$, 'PT404', 'not_found'), ('stranger', $$tests.id('b'), title => 'x'$$, 'PT404', 'not_found'), ('member', $$tests.id('none'), title => 'x'$$, 'PT404', 'not_found'), ('approver', $$tests.id('b'), title => 'x'$$, 'PT403', 'forbidden'),
  ('member', $$tests.id('b'), 'some', title => 'x'$$, 'PT400', 'invalid_argument'), ('member', $$tests.id('b'), 'this', title => 'x'$$, 'PT400', 'invalid_argument'), ('member', $$tests.id('b'), 'this', tests.id('hers1'), title => 'x'$$, 'PT404', 'not_found'),
  ('member', $$tests.id('b'), title => repeat('x', 501)$$, 'PT400', 'invalid_argument'), ('member', $$tests.id('b'), notes => repeat('x', 10001)$$, 'PT400', 'invalid_argument'), ('member', $$tests.id('b'), metadata => '[]'$$, 'PT400', 'invalid_argument'),
  ('member', $$tests.id('b'), title => 'x', reason => repeat('x', 1001)$$, 'PT400', 'invalid_argument'), ('member', $$tests.id('b'), title => 'x', expected_version => 2$$, 'PT409', 'version_conflict'),
  ('member', $$tests.id('done'), title => 'x'$$, 'PT409', 'invalid_transition'), ('member', $$tests.id('gone'), title => 'x'$$, 'PT409', 'invalid_transition');
grant select on before, refusals to public;
select throws_ok(format('select tests.be(%L), api.update_series(%s)', who, call), code, slug, format('%s for %s: %s', slug, who, left(call, 90))) from refusals;
select is(tests.digest(), digest, 'nothing of that changed anything') from before;
select tests.be('member');
select tests.clock('08:30');
select throws_ok($$ select api.update_series(tests.id('held'), title => 'x') $$, 'PT409', 'invalid_transition', 'of what has expired nothing is to come');
select throws_ok($$ select api.update_series(tests.id('held'), 'this', tests.id('held1'), title => 'x') $$, 'PT409', 'hold_expired', 'one alone has expired, as update_reservation says');
select tests.clock('08:00');

select set_config('request.headers', '{"idempotency-key": "k"}', true);
create temp table first as select api.update_series(tests.id('b'), title => 'k') as answer;
select is(api.update_series(tests.id('b'), title => 'k'), answer, 'the same key again: the same answer') from first;
select is((tests.series('b')).version, 2, 'and no second effect');
select set_config('request.headers', '', true);
select tests.be_nobody();
select throws_ok($$ select api.update_series(tests.id('b'), title => 'x') $$, '42501', null, 'nobody: refused at the door');
select tests.be_dba();
select is_empty('select * from booking.verify_invariants()', 'all is in order');

select * from finish();
rollback;
