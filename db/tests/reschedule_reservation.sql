-- api.reschedule_reservation moves in one step, or keeps the old slot.
begin;
select no_plan();
select tests.world();
select tests.reserve('a', 'room', '09:00', '10:00');
select tests.reserve('b', 'room', '11:00', '12:00', owner => 'colleague');
select tests.reserve('t', 'room', '11:00', '12:00', 'tentative');
select tests.reserve('gone', 'room', '14:00', '15:00');
select tests.reserve('s', 'stage', '09:00', '10:00');
select tests.reserve('pin', 'desks', '09:00', '10:00', unit => 2);
update booking.reservations set status = 'cancelled' where id = tests.id('gone');

create temp table before as select tests.digest();
create temp table refusals (who text, call text, code text, slug text);
insert into refusals values
  ('member', $$'a', '10:30', '11:30'$$, 'PT409', 'slot_taken'),
  ('member', $$'a', '12:00', '13:00', expected_version => 2$$, 'PT409', 'version_conflict'),
  ('member', $$'gone', '12:00', '13:00'$$, 'PT409', 'invalid_transition'),
  ('member', $$'a', '12:00', '12:00'$$, 'PT400', 'invalid_time_range'),
  ('member', $$'a', '13:00', '12:00'$$, 'PT400', 'invalid_time_range'),
  ('member', $$'a', null, '12:00'$$, 'PT400', 'invalid_time_range'),
  ('member', $$'a', '12:00', timestamptz 'infinity'$$, 'PT400', 'invalid_time_range'),
  ('member', $$'a', timestamptz '0001-12-31 BC', '12:00'$$, 'PT400', 'invalid_time_range'),
  ('member', $$'a', '12:00', timestamptz '10000-01-01 00:00+00'$$, 'PT400', 'invalid_time_range'),
  ('member', $$'a', '06:00', '07:00'$$, 'PT422', 'too_soon'),
  ('member', $$'a', '12:00', '13:00', tests.id('closed')$$, 'PT422', 'resource_inactive'),
  ('member', $$'a', '12:00', '13:00', units => 2$$, 'PT422', 'too_many_units'),
  ('member', $$'a', '12:00', '13:00', units => 0$$, 'PT400', 'invalid_argument'),
  ('member', $$'a', '12:00', '13:00', tests.id('theirs')$$, 'PT404', 'not_found'),
  ('member', $$'a', '12:00', '13:00', tests.id('nowhere')$$, 'PT404', 'not_found'),
  ('member', $$'none', '12:00', '13:00'$$, 'PT404', 'not_found'),
  ('member', $$'b', '12:00', '13:00'$$, 'PT404', 'not_found'),
  ('approver', $$'b', '12:00', '13:00'$$, 'PT403', 'forbidden'),
  -- What somebody approved is not moved past them, nor a reservation to where they would have to approve it.
  ('member', $$'s', '12:00', '13:00'$$, 'PT403', 'forbidden'),
  ('member', $$'a', '12:00', '13:00', tests.id('stage')$$, 'PT403', 'forbidden'),
  ('member', $$'a', '12:00', '13:00', override => true, reason => 'why'$$, 'PT403', 'forbidden'),
  ('manager', $$'a', '12:00', '13:00', override => true$$, 'PT400', 'invalid_argument'),
  ('manager', $$'a', '10:30', '11:30', override => true, reason => 'why'$$, 'PT409', 'slot_taken');
update refusals set call = regexp_replace(regexp_replace(call, '''(\d\d:[\d:.]+)''', 'tests.at(\&)', 'g'), '^(''\w+'')', 'tests.id(\1)');
grant select on before, refusals to public;
select throws_ok(format('select tests.be(%L), api.reschedule_reservation(%s)', who, call), code, slug, format('%s for %s: %s', slug, who, call))
  from refusals;
select is(tests.digest(), digest, 'nothing of that changed anything: the old slot is kept, and its claims') from before;

select tests.be('member');
select is(tests.details($$ select api.reschedule_reservation(tests.id('a'), tests.at('10:30'), tests.at('11:30')) $$) #>> '{conflicts,0,starts_at}',
  to_jsonb(tests.at('11:00')) #>> '{}', 'slot_taken tells what is in the way, which is never itself');
select is(array[r.starts_at, r.ends_at], array[tests.at('09:30'), tests.at('10:30')], 'it moves over its own old time')
  from api.reschedule_reservation(tests.id('a'), tests.at('09:30'), tests.at('10:30'), expected_version => 1, reason => 'late') r;
select is(tests.claims('a'), '{room 1 09:30-10:30}', 'with its claims');
select is((tests.reservation('a')).version, 2, 'as another version');
select lives_ok($$ select api.create_reservation(tests.id('room'), tests.at('09:00'), tests.at('09:30')) $$, 'the rest is free at once');
select is((api.reschedule_reservation(tests.id('a'), tests.at('09:30'), tests.at('10:30'), tests.id('desks'), 2)).units, 2, 'to another resource, and more of it');
select is(tests.claims('a'), '{desks 1 09:30-10:30, desks 3 09:30-10:30}', 'around what is pinned there');
select is(tests.claims('pin'), '{desks 2 09:00-10:00}', 'which stays');
select is(r.status::text || tests.claims('t')::text, 'tentative{}', 'a tentative one moves, and still takes no time')
  from api.reschedule_reservation(tests.id('t'), tests.at('09:00'), tests.at('10:00')) r;
select is((api.reschedule_reservation(tests.id('pin'), tests.at('09:00'), tests.at('10:00'), tests.id('studio'))).unit, null, 'a pin does not go along to another resource');
select tests.be('approver');
select throws_ok($$ select api.reschedule_reservation(tests.id('s'), tests.at('12:00'), tests.at('13:00')) $$, 'PT403', 'forbidden', 'approvers do not move what is others''');
select tests.be('manager');
select is((api.reschedule_reservation(tests.id('s'), tests.at('12:00'), tests.at('13:00'))).starts_at, tests.at('12:00'), 'managers do');
select is((api.reschedule_reservation(tests.id('s'), tests.at('06:00'), tests.at('07:00'), override => true, reason => 'was then')).version, 3, 'even into what is over, with a reason');
select is(booking.event_data(tests.last_event('s')) - 'reservation', jsonb_build_object('previous', jsonb_build_object('starts_at', tests.at('12:00'), 'ends_at', tests.at('13:00')),
  'reason', 'was then', 'override', true), 'which the event tells');

select tests.be('member');
select throws_ok($$ select api.reschedule_reservation(tests.id('gone'), tests.at('14:00'), tests.at('15:00')) $$, 'PT409', 'invalid_transition', 'what is over does not move, not even on the spot');
select tests.be_dba();
select tests.reserve('pin2', 'desks', '14:00', '15:00', unit => 2);
select tests.be('member');
select throws_ok($$ select api.reschedule_reservation(tests.id('pin2'), tests.at('14:00'), tests.at('15:00'), units => 2) $$, 'PT400', 'invalid_argument', 'a pin is one unit');

-- Held and pencilled
select tests.be_dba();
select tests.reserve('h', 'studio', '15:00', '16:00', 'held');
select tests.reserve('pc', 'studio', '16:00', '17:00', 'pencilled');
select tests.be('member');
select tests.clock('08:10');
select is(array[r.status::text, r.starts_at::text, r.expires_at::text], array['held', tests.at('14:30')::text, tests.at('08:30')::text], 'a hold moves over its own time, and expires no later')
  from api.reschedule_reservation(tests.id('h'), tests.at('14:30'), tests.at('15:30')) r;
select throws_ok($$ select api.reschedule_reservation(tests.id('h'), tests.at('15:30'), tests.at('16:30')) $$, 'PT409', 'slot_taken', 'but not over another');
select is(tests.claims('h'), '{studio 1 14:30-15:30}', 'its claim follows');
select is((api.reschedule_reservation(tests.id('pc'), tests.at('16:30'), tests.at('17:30'), tests.id('desks'), 2)).expires_at, tests.at('08:00', 2), 'a pencilled one, to another resource');
select is(tests.claims('pc'), '{desks 1 16:30-17:30, desks 2 16:30-17:30}', 'and more of it');
select is((api.reschedule_reservation(tests.id('h'), tests.at('16:00'), tests.at('17:00'), tests.id('stage'))).status::text, 'held', 'to where approval is required, as it is only held');
select tests.clock('08:29:59.999999');
select is(tests.answer($$ select api.reschedule_reservation(tests.id('h'), tests.at('17:00'), tests.at('18:00')) $$), '{"rows": 1}', 'until its last microsecond');
select tests.clock('08:30');
select throws_ok($$ select api.reschedule_reservation(tests.id('h'), tests.at('17:00'), tests.at('18:00')) $$, 'PT409', 'hold_expired', 'and no longer');

-- Who has checked in has been approved no less.
select tests.be_dba();
select tests.reserve('in', 'stage', '08:30', '09:30');
select tests.reserve('in2', 'desks', '08:30', '09:00');
update booking.reservations set status = 'checked_in' where id in (tests.id('in'), tests.id('in2'));
select tests.be('member');
select throws_ok($$ select api.reschedule_reservation(tests.id('in'), tests.at('12:00'), tests.at('13:00')) $$, 'PT403', 'forbidden', 'nor is what is checked in moved past an approver');
select throws_ok($$ select api.reschedule_reservation(tests.id('in2'), tests.at('18:00'), tests.at('19:00'), tests.id('stage')) $$, 'PT403', 'forbidden', 'or to where one would have to approve it');

select * from finish();
rollback;
