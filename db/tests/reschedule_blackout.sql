-- api.reschedule_blackout closes at another time, or keeps the old one.
begin;
select no_plan();
select tests.world();
select tests.reserve('a', 'room', '14:00', '15:00');
select tests.reserve('in', 'room', '15:00', '16:00', owner => 'colleague');
update booking.reservations set status = 'checked_in' where id = tests.id('in');
select tests.close('b', 'room', '09:00', '12:00', reason => 'carpet');
select tests.close('over', 'room', '06:00', '08:00');
select tests.close('lifted', 'room', '12:00', '13:00');
update booking.blackouts set lifted_at = booking.now() where id = tests.id('lifted');
select tests.close('theirs too', 'theirs', '09:00', '10:00');

-- Refusals
create temp table before as select tests.digest();
create temp table refusals (who text, call text, code text, slug text);
insert into refusals values
  ('member', $$'b', '10:00', '11:00'$$, 'PT403', 'forbidden'),
  ('approver', $$'b', '10:00', '11:00'$$, 'PT403', 'forbidden'),
  ('stranger', $$'b', '10:00', '11:00'$$, 'PT404', 'not_found'),
  ('manager', $$'theirs too', '10:00', '11:00'$$, 'PT404', 'not_found'),
  ('manager', $$'none', '10:00', '11:00'$$, 'PT404', 'not_found'),
  ('manager', $$'over', '10:00', '11:00'$$, 'PT409', 'invalid_transition'),
  ('manager', $$'lifted', '10:00', '11:00'$$, 'PT409', 'invalid_transition'),
  ('manager', $$'b', '10:00', '11:00', expected_version => 2$$, 'PT409', 'version_conflict'),
  ('manager', $$'b', '11:00', '11:00'$$, 'PT400', 'invalid_time_range'),
  ('manager', $$'b', '11:00', '10:00'$$, 'PT400', 'invalid_time_range'),
  ('manager', $$'b', null, '10:00'$$, 'PT400', 'invalid_time_range'),
  ('manager', $$'b', '10:00', timestamptz 'infinity'$$, 'PT400', 'invalid_time_range'),
  ('manager', $$'b', '10:00', '11:00', 'ignore'$$, 'PT400', 'invalid_argument'),
  ('manager', $$'b', '10:00', '11:00', reason => repeat('x', 1001)$$, 'PT400', 'invalid_argument'),
  ('manager', $$'b', '10:00', '14:30'$$, 'PT409', 'slot_taken'),
  ('manager', $$'b', '15:30', '15:31', 'reject'$$, 'PT409', 'slot_taken');
update refusals set call = regexp_replace(regexp_replace(call, '''(\d\d:[\d:.]+)''', 'tests.at(\&)', 'g'), '^(''[\w ]+'')', 'tests.id(\1)');
grant select on before, refusals to public;
select throws_ok(format('select tests.be(%L), api.reschedule_blackout(%s)', who, call), code, slug, format('%s for %s: %s', slug, who, left(call, 70))) from refusals;
select is(tests.digest(), digest, 'nothing of that changed anything: the old time is kept, and its claims') from before;
select tests.be('manager');
select is(tests.details($$ select api.reschedule_blackout(tests.id('b'), tests.at('10:00'), tests.at('14:30')) $$), jsonb_build_object('conflicts', jsonb_build_array(jsonb_build_object(
    'resource_id', tests.id('room'), 'starts_at', tests.at('14:00'), 'ends_at', tests.at('15:00'), 'kind', 'reservation', 'reservation_id', tests.id('a'), 'title', 'a'))), 'the reservations in the way are named');

-- Moved
create temp table made as select * from api.reschedule_blackout(tests.id('b'), tests.at('10:00'), tests.at('14:00'), reason => 'late', expected_version => 1);
select is(array[starts_at::text, ends_at::text, version::text, status, reason, on_conflict], array[tests.at('10:00')::text, tests.at('14:00')::text, '2', 'scheduled', 'carpet', 'reject'], 'it moves over its own old time') from made;
select results_eq('table made', $$ select * from api.blackouts where id = tests.id('b') $$, 'as is then read');
select is(tests.claims('b'), '{room 1 10:00-14:00}', 'with its claim');
select is(array[e.type, e.actor_id::text, e.reason, e.previous::text],
  array['blackout.rescheduled', tests.id('manager')::text, 'late', jsonb_build_object('starts_at', tests.at('09:00'), 'ends_at', tests.at('12:00'))::text], 'one event, with the actor, the reason and what was before') from tests.last_event('room') e;
select is(cardinality(array_positions(tests.events('room'), 'blackout.rescheduled')), 1, 'and no second');
select lives_ok($$ select tests.be('member'), api.create_reservation(tests.id('room'), tests.at('09:00'), tests.at('10:00'), id => tests.id('new')) $$, 'the rest is free at once');

-- With another mind about what is in the way
select tests.be('manager');
select is((api.reschedule_blackout(tests.id('b'), tests.at('08:30'), tests.at('14:30'), 'keep')).on_conflict, 'keep', 'to keep it');
select is(tests.claims('b'), '{room 1 08:30-09:00, room 1 10:00-14:00}', 'all other time is the blackout''s');
select is(array[(tests.reservation('new')).version, (tests.reservation('a')).version], '{1, 1}', 'and they are as they were');
select is((api.reschedule_blackout(tests.id('b'), tests.at('09:30'), tests.at('14:15'))).on_conflict, 'keep', 'it is remembered');
select is(tests.claims('b'), '{room 1 10:00-14:00}', 'when it moves again');
select is(r.status::text || tests.claims('b')::text, 'cancelled{"room 1 09:30-10:00","room 1 10:00-14:00"}', 'it has no more of a kept one''s time than it covers') from api.cancel_reservation(tests.id('new')) r;
select is((api.reschedule_blackout(tests.id('b'), tests.at('13:00'), tests.at('15:30'), 'cancel', 'worse than we thought')).on_conflict, 'cancel', 'to cancel it');
select is(tests.draw('room'), '# 06:00-08:00, # 13:00-15:30', 'all the time is the blackout''s');
select is(array[(tests.reservation('a')).status, (tests.reservation('in')).status]::text[], '{cancelled, completed}', 'whoever is in the way is cancelled, or done');
select is(array[e.type, e.actor_id::text, e.reason], array['reservation.cancelled', tests.id('manager')::text, 'carpet'], 'for the blackout''s reason') from tests.last_event('a') e;
select is(array[e.type, e.reason], '{blackout.rescheduled, worse than we thought}', 'which moved for its own') from tests.last_event('room') e;
select is(tests.events('a'), '{reservation.confirmed, reservation.cancelled}', 'one event each');
select is((api.reschedule_blackout(tests.id('b'), tests.at('07:00'), tests.at('08:30'))).status, 'active', 'it may move to where it has begun');
select is((api.reschedule_blackout(tests.id('b'), tests.at('07:00'), tests.at('08:00'))).status, 'ended', 'or end now');
select throws_ok($$ select api.reschedule_blackout(tests.id('b'), tests.at('09:00'), tests.at('10:00')) $$, 'PT409', 'invalid_transition', 'and then it has ended');

-- A pool, and a stale hold
select tests.be_dba();
select tests.reserve('d', 'desks', '10:00', '11:00', units => 2);
select tests.close('db', 'desks', '09:00', '10:00');
select tests.reserve('stale', 'desks', '11:00', '12:00', 'held', expires => '08:00');
select tests.be('manager');
select throws_ok($$ select api.reschedule_blackout(tests.id('db'), tests.at('10:30'), tests.at('11:30')) $$, 'PT409', 'slot_taken', 'of a pool any unit is in the way');
select is((tests.reservation('stale')).status::text, 'held', 'a refusal expires nothing');
select is((api.reschedule_blackout(tests.id('db'), tests.at('11:00'), tests.at('12:00'))).version, 2, 'a stale hold is in nobody''s');
select is((tests.reservation('stale')).status::text || tests.draw('desks'), 'expiredd 10:00-11:00, # 11:00-12:00 | d 10:00-11:00, # 11:00-12:00 | # 11:00-12:00', 'but gone, and every unit closed');
select tests.be_dba();
select is_empty('select * from booking.verify_invariants()', 'all is in order');

select * from finish();
rollback;
