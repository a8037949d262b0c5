-- api.complete_reservation ends what has begun, early perhaps, and frees the rest.
begin;
select no_plan();
select tests.world();
select tests.reserve('a', 'room', '09:00', '10:00');
select tests.reserve('b', 'studio', '09:00', '10:00');
select tests.reserve('d', 'desks', '09:00', '10:00', units => 3);
select tests.reserve('later', 'room', '14:00', '15:00');
select tests.reserve('t', 'room', '08:30', '10:00', 'tentative');
select tests.reserve('p', 'stage', '08:30', '10:00', 'pending');
select tests.clock('08:59:59.999999');

create temp table before as select tests.digest();
grant select on before to public;
select throws_ok(format('select tests.be(%L), api.complete_reservation(%s)', who, call), code, slug, format('%s, %s: %s', who, left(call, 60), slug))
  from (values
    ('member', $$tests.id('a')$$, 'PT422', 'too_soon'), ('manager', $$tests.id('a')$$, 'PT422', 'too_soon'),
    ('colleague', $$tests.id('a')$$, 'PT404', 'not_found'), ('approver', $$tests.id('a')$$, 'PT403', 'forbidden'),
    ('member', $$tests.id('none')$$, 'PT404', 'not_found'), ('member', $$tests.id('a'), 2$$, 'PT409', 'version_conflict'),
    ('member', $$tests.id('t')$$, 'PT409', 'invalid_transition'), ('approver', $$tests.id('p')$$, 'PT409', 'invalid_transition'),
    ('member', $$tests.id('a'), reason => 'why', override => true$$, 'PT403', 'forbidden'), ('manager', $$tests.id('a'), override => true, reason => ' '$$, 'PT400', 'invalid_argument')) as refusals (who, call, code, slug);
select is(tests.digest(), digest, 'nothing of that changed anything') from before;
select tests.be('member');
select is(tests.details($$ select api.complete_reservation(tests.id('a')) $$) #- '{violations,0,hint}', jsonb_build_object('starts_at', tests.at('09:00'), 'now', tests.at('08:59:59.999999'), 'violations', jsonb_build_array(
  jsonb_build_object('code', 'too_soon', 'starts_at', tests.at('09:00'), 'now', tests.at('08:59:59.999999')))),
  'what has not begun is cancelled instead');

select tests.clock('09:00');
select is(tests.answer($$ select api.complete_reservation(tests.id('a')) $$), '{"rows": 1}', 'it has begun at its start');
select tests.clock('09:20');
select is(array[r.status::text, r.version::text, r.status_reason, r.ends_at::text], array['completed', '2', 'done', tests.at('10:00')::text], 'over before its end')
  from api.complete_reservation(tests.id('a'), 1, 'done') r;
select is(tests.claims('a'), '{}', 'the rest is free');
select is((tests.last_event('a')).type || (tests.last_event('a')).actor_id, 'reservation.completed' || tests.id('member'), 'which the event tells');
select lives_ok($$ select tests.be('colleague'), api.create_reservation(tests.id('room'), tests.at('09:20'), tests.at('10:00')) $$, 'for anybody, at once');
select tests.be('member');
select throws_ok(format('select api.%s(tests.id(''a''))', action), 'PT409', 'invalid_transition', 'then no ' || action)
  from unnest('{complete_reservation, check_in_reservation, cancel_reservation}'::text[]) action;
select is((api.check_in_reservation(tests.id('b'))).status::text || (api.complete_reservation(tests.id('b'))).status, 'checked_incompleted', 'who checked in completes as well');
select is((api.complete_reservation(tests.id('d'))).status::text || tests.claims('d')::text, 'completed{}', 'all the units of a pool');
select tests.be('manager');
select is((api.complete_reservation(tests.id('later'), override => true, reason => 'was there at eight')).status::text, 'completed', 'a manager completes anything, with a reason');
select is(booking.event_data(tests.last_event('later')) - 'reservation' - 'previous', '{"reason": "was there at eight", "override": true}', 'which the event tells');
select tests.be_dba();
select tests.reserve('past', 'studio', '07:00', '08:00');
select tests.be('manager');
select is((api.complete_reservation(tests.id('past'))).status::text, 'completed', 'what is over is completed at any time');
select tests.be_dba();
select is_empty('select * from booking.verify_invariants()', 'all is in order');

select * from finish();
rollback;
