-- api.check_in_reservation: whoever booked is there.
begin;
select no_plan();
select tests.world();
select tests.rule('room', '{"check_in_opens": "15 minutes", "no_show_grace": "20 minutes"}');
update booking.resources set timezone = 'Europe/Berlin' where id = tests.id('room');
select tests.reserve('a', 'room', '09:00', '10:00');
select tests.reserve('b', 'room', '10:00', '11:00');
select tests.reserve('any', 'studio', '17:00', '18:00');
select tests.reserve('t', 'room', '09:00', '10:00', 'tentative');
select tests.reserve('h', 'room', '11:00', '12:00', 'held');
select tests.reserve('d', 'desks', '09:00', '10:00', units => 2);
select tests.clock('08:20');

create temp table before as select tests.digest();
grant select on before to public;
select throws_ok(format('select tests.be(%L), api.check_in_reservation(%s)', who, call), code, slug, format('%s, %s: %s', who, left(call, 60), slug))
  from (values
    ('member', $$tests.id('a')$$, 'PT422', 'too_soon'), ('manager', $$tests.id('a')$$, 'PT422', 'too_soon'),
    ('colleague', $$tests.id('any')$$, 'PT404', 'not_found'), ('approver', $$tests.id('any')$$, 'PT403', 'forbidden'), ('stranger', $$tests.id('any')$$, 'PT404', 'not_found'),
    ('member', $$tests.id('none')$$, 'PT404', 'not_found'), ('member', $$tests.id('any'), 2$$, 'PT409', 'version_conflict'),
    ('member', $$tests.id('t')$$, 'PT409', 'invalid_transition'), ('member', $$tests.id('h')$$, 'PT409', 'invalid_transition'),
    ('member', $$tests.id('a'), reason => 'why', override => true$$, 'PT403', 'forbidden'), ('manager', $$tests.id('a'), override => true$$, 'PT400', 'invalid_argument')) as refusals (who, call, code, slug);
select is(tests.digest(), digest, 'nothing of that changed anything') from before;

select tests.be('member');
select is(tests.answer($$ select api.check_in_reservation(tests.id('a')) $$), jsonb_build_object('code', 'PT422', 'message', 'too_soon', 'hint', 'Check-in opens at 09:45.',
  'details', jsonb_build_object('opens_at', tests.at('08:45'), 'now', tests.at('08:20'), 'violations', jsonb_build_array(jsonb_build_object(
    'code', 'too_soon', 'opens_at', tests.at('08:45'), 'now', tests.at('08:20'), 'hint', 'Check-in opens at 09:45.')))), 'it says when it opens, by the clock on that wall');
select tests.clock('08:44:59.999999');
select throws_ok($$ select api.check_in_reservation(tests.id('a')) $$, 'PT422', 'too_soon', 'not a microsecond before');
select tests.clock('08:45');
select is(array[r.status::text, r.version::text, r.status_since::text, r.status_reason], array['checked_in', '2', tests.at('08:45')::text, 'here'], 'from then on')
  from api.check_in_reservation(tests.id('a'), 1, 'here') r;
select is(tests.claims('a'), '{room 1 09:00-10:00}', 'and keeps its time');
select is((tests.last_event('a')).type || (tests.last_event('a')).actor_id, 'reservation.checked_in' || tests.id('member'), 'which the event tells');
select throws_ok($$ select api.check_in_reservation(tests.id('a')) $$, 'PT409', 'invalid_transition', 'once is enough');
select throws_ok($$ select api.cancel_reservation(tests.id('a')) $$, 'PT409', 'invalid_transition', 'who is there does not cancel');
select is((api.check_in_reservation(tests.id('any'))).status::text, 'checked_in', 'any time, where nothing is set');
select is((api.check_in_reservation(tests.id('d'))).status::text || cardinality(tests.claims('d')), 'checked_in2', 'of a pool, each unit stays taken');

-- Late
select tests.clock('10:19:59.999999');
select is(tests.answer($$ select api.check_in_reservation(tests.id('b')) $$), '{"rows": 1}', 'late, but within no_show_grace');
select tests.clock('11:00');
create temp table later as select tests.digest();
grant select on later to public;
select is(tests.answer($$ select api.check_in_reservation(tests.id('b')) $$) - 'hint', jsonb_build_object('code', 'PT409', 'message', 'invalid_transition',
  'details', jsonb_build_object('status', 'confirmed', 'action', 'check_in', 'ends_at', tests.at('11:00'))), 'from its end on it is too late');
select is(tests.digest(), digest, 'nothing of that changed anything') from later;
select tests.be('manager');
select is((api.check_in_reservation(tests.id('b'), override => true, reason => 'door was stuck')).status::text, 'checked_in', 'a manager knows better');
select is(booking.event_data(tests.last_event('b')) - 'reservation' - 'previous', '{"reason": "door was stuck", "override": true}', 'and says why');
select tests.be_dba();
select tests.reserve('far', 'room', '20:00', '21:00');
select tests.be('manager');
select is((api.check_in_reservation(tests.id('far'), override => true, reason => 'early')).status::text, 'checked_in', 'even too early');

-- Missed
select tests.be_dba();
select tests.clock('12:00');
select tests.reserve('m', 'room', '12:00', '13:00');
select tests.clock('12:20');
select lives_ok('select booking.sweep()', 'the sweep comes by');
select is((tests.reservation('m')).status::text, 'no_show', 'it was missed');
select tests.be('member');
select throws_ok($$ select api.check_in_reservation(tests.id('m')) $$, 'PT409', 'invalid_transition', 'after which nobody checks in');
select tests.be_dba();
select is_empty('select * from booking.verify_invariants()', 'all is in order');

select * from finish();
rollback;
