-- api.cancel_series gives the time of this, the following or all occurrences of a series back.
begin;
select no_plan();
select tests.world();

select is(array[t.told, t.stands, t.says], array[s.told, s.stands, s.says], format('%s (%s)', what, array_to_string(steps, '; ')))
  from (values
  ('all of it', array['cancel all a'],
   '3 reservation.cancelled, 1 series.cancelled', '08 09:00-10:00 cancelled, 09 09:00-10:00 cancelled, 10 09:00-10:00 cancelled', 'FREQ=DAILY;COUNT=3 from 08 09:00 cancelled'),
  ('one', array['cancel this a2'],
   '1 reservation.cancelled, 1 series.updated', '08 09:00-10:00, 09 09:00-10:00 cancelled, 10 09:00-10:00', 'FREQ=DAILY;COUNT=3 from 08 09:00'),
  ('from the second on: the rule ends before it', array['cancel following a2'],
   '2 reservation.cancelled, 1 series.updated', '08 09:00-10:00, 09 09:00-10:00 cancelled, 10 09:00-10:00 cancelled', 'FREQ=DAILY;COUNT=1 from 08 09:00'),
  ('from the first on is all', array['cancel following a1'],
   '3 reservation.cancelled, 1 series.cancelled', '08 09:00-10:00 cancelled, 09 09:00-10:00 cancelled, 10 09:00-10:00 cancelled', 'FREQ=DAILY;COUNT=3 from 08 09:00 cancelled'),
  ('the rest, what was before being cancelled', array['cancel this a1', 'cancel following a2'],
   '2 reservation.cancelled, 1 series.cancelled', '08 09:00-10:00 cancelled, 09 09:00-10:00 cancelled, 10 09:00-10:00 cancelled', 'FREQ=DAILY;COUNT=3 from 08 09:00 cancelled'),
  ('what is cancelled is not again', array['cancel this a2', 'cancel all a'],
   '2 reservation.cancelled, 1 series.cancelled', '08 09:00-10:00 cancelled, 09 09:00-10:00 cancelled, 10 09:00-10:00 cancelled', 'FREQ=DAILY;COUNT=3 from 08 09:00 cancelled'),
  ('nor does it come back when the rest moves', array['cancel this a2', $$reschedule all a, shift => '1 day'$$],
   '2 reservation.rescheduled, 1 series.updated', '09 09:00-10:00, 09 09:00-10:00 cancelled, 11 09:00-10:00', 'FREQ=DAILY;COUNT=3 from 09 09:00 but 10 09:00'),
  ('what has begun stays', array[$$tests.clock('09:00', 1)$$, 'cancel all a'],
   '2 reservation.cancelled, 1 series.cancelled', '08 09:00-10:00, 09 09:00-10:00 cancelled, 10 09:00-10:00 cancelled', 'FREQ=DAILY;COUNT=3 from 08 09:00 cancelled'),
  ('from what is past on: all that is to come', array[$$tests.clock('12:00', 2)$$, 'cancel following a1'],
   '1 reservation.cancelled, 1 series.updated', '08 09:00-10:00, 09 09:00-10:00, 10 09:00-10:00 cancelled', 'FREQ=DAILY;COUNT=2 from 08 09:00'),
  ('by the rule, not by where it stands: what was moved follows', array[$$reschedule this a3, local_start => '2030-01-08 20:00'$$, 'cancel following a2'],
   '2 reservation.cancelled, 1 series.updated', '08 09:00-10:00, 09 09:00-10:00 cancelled, 08 20:00-21:00 (10 09:00) cancelled', 'FREQ=DAILY;COUNT=1 from 08 09:00'),
  ('or it does not', array[$$reschedule this a1, local_start => '2030-01-20 20:00'$$, 'cancel following a2'],
   '2 reservation.cancelled, 1 series.updated', '20 20:00-21:00 (08 09:00), 09 09:00-10:00 cancelled, 10 09:00-10:00 cancelled', 'FREQ=DAILY;COUNT=1 from 08 09:00'),
  ('that of two parts of a series', array[$$reschedule following a2, shift => '1 hour'$$, 'cancel all a'],
   '1 reservation.cancelled, 1 series.cancelled', '08 09:00-10:00 cancelled, 09 10:00-11:00 split, 10 10:00-11:00 split', 'FREQ=DAILY;COUNT=1 from 08 09:00 cancelled / FREQ=DAILY;COUNT=2 from 09 10:00'),
  ('the other', array[$$reschedule following a2, shift => '1 hour'$$, 'cancel following a2'],
   '2 reservation.cancelled, 1 series.cancelled', '08 09:00-10:00, 09 10:00-11:00 split cancelled, 10 10:00-11:00 split cancelled', 'FREQ=DAILY;COUNT=1 from 08 09:00 / FREQ=DAILY;COUNT=2 from 09 10:00 cancelled')
  ) as s (what, steps, told, stands, says),
  lateral tests.story($$tests.recur('a', 'FREQ=DAILY;COUNT=3')$$, steps) t;
select is(t.says, s.says, format('the rule ends: %s', make))
  from (values
    ($$tests.recur('a', 'FREQ=DAILY;UNTIL=20300112T000000Z')$$, 'FREQ=DAILY;UNTIL=20300109T090000Z from 08 09:00'),
    ($$tests.recur('a', 'FREQ=WEEKLY;BYDAY=TU,TH;COUNT=5')$$, 'FREQ=WEEKLY;BYDAY=TU,TH;COUNT=2 from 08 09:00'),
    ($$tests.recur('a', null, rdates => '{2030-01-08 09:00,2030-01-09 10:00,2030-01-12 09:00}')$$, 'none from 08 09:00 and 08 09:00, 09 10:00'),
    ($$tests.recur('a', 'FREQ=DAILY;COUNT=1', rdates => '{2030-01-09 10:00,2030-01-12 09:00}')$$, 'FREQ=DAILY;COUNT=1 from 08 09:00 and 09 10:00')) as s (make, says),
  lateral tests.story(make, array['cancel following a3']) t;
-- One that stayed where it was when the others moved is still to come: the series goes on with it.
select is(array[t.told, t.stands, substring(t.says from 'cancelled$')], array['2 reservation.cancelled, 1 series.updated', '08 11:00-12:00 (08 09:00), 09 10:00-11:00 cancelled, 10 10:00-11:00 cancelled', null], 'a series of which one is still to come is not cancelled')
  from tests.story($$tests.recur('a', 'FREQ=DAILY;COUNT=3')$$, array[$$reschedule this a1, shift => '2 hours'$$, $$reschedule all a, shift => '1 hour'$$, 'cancel following a2']) t;
create function pg_temp.delete(name text) returns void language sql security definer as $$ delete from booking.reservations where id = tests.id(name) $$;
select is(array[t.told, t.stands, t.says], array['2 reservation.cancelled, 1 series.cancelled', '08 09:00-10:00 cancelled, 10 09:00-10:00 cancelled', 'FREQ=DAILY;COUNT=3 from 08 09:00 but 09 09:00 cancelled'], 'what is deleted is not cancelled, but gone')
  from tests.story($$tests.recur('a', 'FREQ=DAILY;COUNT=3')$$, array[$$pg_temp.delete('a2')$$, 'cancel all a']) t;

-- Of every status
select is(array[t.told, t.stands], array['2 reservation.cancelled, 1 series.cancelled', '08 09:00-10:00 cancelled, 09 09:00-10:00 cancelled'], 'all that are ' || status)
  from unnest('{tentative,held,pencilled,pending}'::text[]) status, tests.story(format($$tests.recur('a', 'FREQ=DAILY;COUNT=2', 'stage', status => %L)$$, status), array['cancel all a']) t;
select is(array[t.told, t.stands], array['1 reservation.cancelled, 1 series.cancelled', '08 09:00-10:00 held, 09 09:00-10:00 cancelled'], 'one hold that has expired does not keep the rest from being cancelled')
  from tests.story($$tests.recur('a', 'FREQ=DAILY;COUNT=2', status => 'held')$$, array[$$tests.clock('08:20')$$, $$api.extend_hold(tests.id('a2'))$$, $$tests.clock('08:30')$$, 'cancel all a']) t;

-- Where somebody has checked in, the others are cancelled, and the series goes on with that one.
select is(array[t.told, t.stands, t.says], array['2 reservation.cancelled, 1 series.updated', '08 09:00-10:00 checked_in, 09 09:00-10:00 cancelled, 10 09:00-10:00 cancelled', 'FREQ=DAILY;COUNT=1 from 08 09:00'], 'one who has checked in early stays')
  from tests.story($$tests.recur('a', 'FREQ=DAILY;COUNT=3')$$, array[$$api.check_in_reservation(tests.id('a1'))$$, 'cancel all a']) t;
select is(array[t.told, t.stands, t.says], array['1 reservation.cancelled, 1 series.updated', '08 09:00-10:00, 09 09:00-10:00 cancelled, 10 09:00-10:00 checked_in', 'FREQ=DAILY;COUNT=1 from 08 09:00 and 10 09:00'], 'of the following, too')
  from tests.story($$tests.recur('a', 'FREQ=DAILY;COUNT=3')$$, array[$$api.check_in_reservation(tests.id('a3'))$$, 'cancel following a2']) t;
savepoint one_in;
select tests.be_dba();
select tests.recur('in', 'FREQ=DAILY;COUNT=2', 'studio');
select tests.be('member');
select api.check_in_reservation(tests.id('in2'));
select is(array(select (r ->> 'reservation_id') || (r #>> '{details,status}') from jsonb_array_elements(api.cancel_series(tests.id('in')) -> 'rejected') r), array[tests.id('in2') || 'checked_in'], 'it is named');
select is(tests.details($$ select api.cancel_series(tests.id('in')) $$) #>> '{rejected,0,code}', 'invalid_transition', 'alone, it refuses');
rollback to one_in;

-- The time is free.
select tests.be_dba();
select tests.recur('a', 'FREQ=DAILY;COUNT=3');
select tests.be('member');
create temp table made as select api.cancel_series(tests.id('a'), reason => 'ill', expected_version => 1) as answer;
grant select on made to public;
select is(answer, jsonb_build_object('series_id', tests.id('a'), 'reservations', (select jsonb_agg(to_jsonb(r) order by starts_at) from api.reservations r)), 'the answer has the reservations whole, by their start') from made;
select is(tests.claims('a1') || tests.claims('a3'), '{}', 'its time is free');
select lives_ok($$ select tests.be('colleague'), api.create_series(tests.id('room'), 'FREQ=DAILY;COUNT=3', '2030-01-08 09:00', '1 hour') $$, 'for anybody, at once');
select is(array[e.type, e.actor_id::text, e.reason], array['reservation.cancelled', tests.id('member')::text, 'ill'], 'the events say who and why: ' || name) from unnest('{a1,a2,a3}'::text[]) name, tests.last_event(name) e;
select tests.be('member');
select throws_ok(format('select api.%s', call), 'PT409', 'invalid_transition', 'a cancelled series is not changed any more: ' || call)
  from unnest(array[$$cancel_series(tests.id('a'))$$, $$cancel_series(tests.id('a'), 'this', tests.id('a1'))$$, $$update_series(tests.id('a'), title => 'x')$$, $$reschedule_series(tests.id('a'), shift => '1 hour')$$, $$confirm_series(tests.id('a'))$$]) call;

-- Refusals
select tests.be_dba();
select tests.recur('b', 'FREQ=DAILY;COUNT=3', local_start => '2030-02-04 09:00');
select tests.recur('done', 'FREQ=DAILY;COUNT=2', 'desks', '2030-01-05 15:00');
select tests.recur('held', 'FREQ=DAILY;COUNT=2', 'desks', '2030-02-05 15:00', status => 'held', expires => '08:30');
select tests.recur('hers', 'FREQ=DAILY;COUNT=2', 'desks', owner => 'colleague');
update booking.reservations set status = 'cancelled' where id = tests.id('b2');
create temp table before as select tests.digest();
create temp table refusals (who text, call text, code text, slug text);
insert into refusals values
  ('colleague', $$tests.id('b')$$, 'PT404', 'not_found'), ('stranger', $$tests.id('b')$$, 'PT404', 'not_found'), ('member', $$tests.id('none')$$, 'PT404', 'not_found'), ('approver', $$tests.id('b')$$, 'PT403', 'forbidden'),
  ('member', $$tests.id('b'), 'some'$$, 'PT400', 'invalid_argument'), ('member', $$tests.id('b'), null$$, 'PT400', 'invalid_argument'), ('member', $$tests.id('b'), 'this'$$, 'PT400', 'invalid_argument'), ('member', $$tests.id('b'), 'following'$$, 'PT400', 'invalid_argument'),
  ('member', $$tests.id('b'), 'this', tests.id('hers1')$$, 'PT404', 'not_found'), ('member', $$tests.id('b'), 'this', tests.id('none')$$, 'PT404', 'not_found'), ('member', $$tests.id('b'), 'this', tests.id('b2')$$, 'PT409', 'invalid_transition'),
  ('member', $$tests.id('b'), expected_version => 2$$, 'PT409', 'version_conflict'), ('member', $$tests.id('done')$$, 'PT409', 'invalid_transition'), ('member', $$tests.id('done'), 'following', tests.id('done1')$$, 'PT409', 'invalid_transition'),
  ('member', $$tests.id('b'), reason => repeat('x', 1001)$$, 'PT400', 'invalid_argument'), ('member', $$tests.id('b'), override => true, reason => 'why'$$, 'PT403', 'forbidden'), ('manager', $$tests.id('b'), override => true$$, 'PT400', 'invalid_argument');
grant select on before, refusals to public;
select throws_ok(format('select tests.be(%L), api.cancel_series(%s)', who, call), code, slug, format('%s for %s: %s', slug, who, left(call, 90))) from refusals;
select is(tests.digest(), digest, 'nothing of that changed anything') from before;
select tests.clock('08:30');
select throws_ok($$ select tests.be('member'), api.cancel_series(tests.id('held'), 'this', tests.id('held1')) $$, 'PT409', 'hold_expired', 'what has expired is nobody''s to cancel');
select throws_ok($$ select tests.be('member'), api.cancel_series(tests.id('held')) $$, 'PT409', 'invalid_transition', 'nor all of it');
select tests.clock('08:00');
select is(tests.edit('manager', $$cancel this b3, reason => 'works'$$), '1 reservation.cancelled, 1 series.updated', 'a manager cancels anybody''s');

select tests.be('member');
select set_config('request.headers', '{"idempotency-key": "k"}', true);
create temp table first as select api.cancel_series(tests.id('b')) as answer;
select is(api.cancel_series(tests.id('b')), answer, 'the same key again: the same answer') from first;
select is(current_setting('response.headers'), '[{"Idempotency-Replayed": "true"}]', 'marked as a replay');
select is((tests.reservation('b1')).version, 2, 'and no second effect');
select throws_ok($$ select api.cancel_series(tests.id('b'), reason => 'x') $$, 'PT422', 'idempotency_key_reused', 'it is for that request');
select set_config('request.headers', '', true);
select tests.be_nobody();
select throws_ok($$ select api.cancel_series(tests.id('b')) $$, '42501', null, 'nobody: refused at the door');
select tests.be_dba();
select is_empty('select * from booking.verify_invariants()', 'all is in order');

select * from finish();
rollback;
