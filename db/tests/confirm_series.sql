-- api.confirm_series makes a series firm; on what requires approval it asks for it.
begin;
select no_plan();
select tests.world();

select is(array[t.told, t.stands], array[s.told, s.stands], format('%s (%s)', what, array_to_string(steps, '; ')))
  from (values
  ('what is tentative', $$status => 'tentative'$$, array['confirm all a'], '3 reservation.confirmed, 1 series.updated', '08 09:00-10:00, 09 09:00-10:00, 10 09:00-10:00'),
  ('what is held', $$status => 'held'$$, array['confirm all a'], '3 reservation.confirmed, 1 series.updated', '08 09:00-10:00, 09 09:00-10:00, 10 09:00-10:00'),
  ('what is pencilled in', $$status => 'pencilled'$$, array['confirm all a'], '3 reservation.confirmed, 1 series.updated', '08 09:00-10:00, 09 09:00-10:00, 10 09:00-10:00'),
  ('where approval is required it is asked for', $$resource => 'stage', status => 'held'$$, array['confirm all a'], '3 reservation.submitted, 1 series.updated', '08 09:00-10:00 pending, 09 09:00-10:00 pending, 10 09:00-10:00 pending'),
  ('one', $$status => 'held'$$, array['confirm this a2'], '1 reservation.confirmed, 1 series.updated', '08 09:00-10:00 held, 09 09:00-10:00, 10 09:00-10:00 held'),
  ('the following, in the same series', $$status => 'held'$$, array['confirm following a2'], '2 reservation.confirmed, 1 series.updated', '08 09:00-10:00 held, 09 09:00-10:00, 10 09:00-10:00'),
  ('those that are as far stay', $$status => 'held'$$, array['confirm this a2', 'confirm all a'], '2 reservation.confirmed, 1 series.updated', '08 09:00-10:00, 09 09:00-10:00, 10 09:00-10:00'),
  ('and what is cancelled', $$status => 'held'$$, array['cancel this a2', 'confirm all a'], '2 reservation.confirmed, 1 series.updated', '08 09:00-10:00, 09 09:00-10:00 cancelled, 10 09:00-10:00'),
  ('and what has begun', $$status => 'tentative'$$, array[$$tests.clock('09:30', 1)$$, 'confirm all a'], '2 reservation.confirmed, 1 series.updated', '08 09:00-10:00 tentative, 09 09:00-10:00, 10 09:00-10:00'),
  ('and what has expired', $$status => 'held'$$, array[$$tests.clock('08:20')$$, $$api.extend_hold(tests.id('a2'))$$, $$tests.clock('08:30')$$, 'confirm all a'], '1 reservation.confirmed, 1 series.updated', '08 09:00-10:00 held, 09 09:00-10:00, 10 09:00-10:00 held')
  ) as s (what, more, steps, told, stands),
  lateral tests.story(format($$tests.recur('a', 'FREQ=DAILY;COUNT=3', %s)$$, more), steps) t;
select is(t.stands, '08 09:00-10:00, 09 09:00-10:00', 'managers override approval')
  from tests.story($$tests.recur('a', 'FREQ=DAILY;COUNT=2', 'stage', status => 'held')$$, array[$$confirm all a, override => true, reason => 'so be it'$$], 'manager') t;

-- The answer
select tests.be_dba();
select tests.recur('a', 'FREQ=DAILY;COUNT=3', 'studio', status => 'tentative');
select tests.be('member');
create temp table made as select api.confirm_series(tests.id('a'), 'following', tests.id('a2'), 'agreed', 1) as answer;
grant select on made to public;
select is(answer, jsonb_build_object('series_id', tests.id('a'), 'reservations', (select jsonb_agg(to_jsonb(r) order by starts_at) from api.reservations r where status = 'confirmed')), 'the answer has those that changed, whole, by their start') from made;
select is(array[e.type, e.actor_id::text, e.reason], array['reservation.confirmed', tests.id('member')::text, 'agreed'], 'the event says who and why') from tests.last_event('a3') e;

-- Refusals
select tests.be_dba();
select tests.recur('b', 'FREQ=DAILY;COUNT=3', local_start => '2030-02-04 09:00', status => 'tentative');
select tests.recur('firm', 'FREQ=DAILY;COUNT=3', 'desks');
select tests.recur('gone', 'FREQ=DAILY;COUNT=2', 'desks', status => 'tentative');
update booking.series set cancelled_at = booking.now() where id = tests.id('gone');
insert into booking.reservations (tenant_id, id, resource_id, starts_at, ends_at, owner_id) values (tests.id('acme'), tests.id('rival'), tests.id('room'), '2030-02-06 09:30+00', '2030-02-06 10:00+00', tests.id('colleague'));
create temp table before as select tests.digest();
create temp table refusals (who text, call text, code text, slug text);
insert into refusals values
  ('colleague', $$tests.id('b')$$, 'PT404', 'not_found'), ('stranger', $$tests.id('b')$$, 'PT404', 'not_found'), ('member', $$tests.id('none')$$, 'PT404', 'not_found'), ('approver', $$tests.id('b')$$, 'PT403', 'forbidden'),
  ('member', $$tests.id('b'), 'some'$$, 'PT400', 'invalid_argument'), ('member', $$tests.id('b'), 'this'$$, 'PT400', 'invalid_argument'), ('member', $$tests.id('b'), 'this', tests.id('firm1')$$, 'PT404', 'not_found'),
  ('member', $$tests.id('b'), expected_version => 2$$, 'PT409', 'version_conflict'), ('member', $$tests.id('firm')$$, 'PT409', 'invalid_transition'), ('member', $$tests.id('firm'), 'this', tests.id('firm1')$$, 'PT409', 'invalid_transition'), ('member', $$tests.id('gone')$$, 'PT409', 'invalid_transition'),
  -- One that cannot is enough.
  ('member', $$tests.id('b')$$, 'PT409', 'slot_taken'), ('member', $$tests.id('b'), 'following', tests.id('b2')$$, 'PT409', 'slot_taken'), ('manager', $$tests.id('b'), override => true, reason => 'VIP'$$, 'PT409', 'slot_taken'),
  ('member', $$tests.id('b'), reason => repeat('x', 1001)$$, 'PT400', 'invalid_argument'), ('member', $$tests.id('b'), override => true, reason => 'why'$$, 'PT403', 'forbidden'), ('manager', $$tests.id('b'), override => true$$, 'PT400', 'invalid_argument');
grant select on before, refusals to public;
select throws_ok(format('select tests.be(%L), api.confirm_series(%s)', who, call), code, slug, format('%s for %s: %s', slug, who, left(call, 90))) from refusals;
select is(tests.digest(), digest, 'nothing of that changed anything: all, or none') from before;
select is(tests.edit('member', 'confirm this b1'), '1 reservation.confirmed, 1 series.updated', 'those that can, one by one');
select is(tests.edit('manager', 'confirm this b2'), '1 reservation.confirmed, 1 series.updated', 'a manager confirms anybody''s');

select tests.be('member');
select set_config('request.headers', '{"idempotency-key": "k"}', true);
create temp table first as select api.confirm_series(tests.id('a')) as answer;
select is(api.confirm_series(tests.id('a')), answer, 'the same key again: the same answer') from first;
select is((tests.series('a')).version, 3, 'and no second effect');
select set_config('request.headers', '', true);
select tests.be_nobody();
select throws_ok($$ select api.confirm_series(tests.id('b')) $$, '42501', null, 'nobody: refused at the door');
select tests.be_dba();
select is_empty('select * from booking.verify_invariants()', 'all is in order');

select * from finish();
rollback;
