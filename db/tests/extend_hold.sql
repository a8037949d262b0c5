-- api.extend_hold renews a hold while its owner is busy with it.
begin;
select no_plan();
select tests.world();
select tests.reserve('h', 'room', '09:00', '10:00', 'held');
select tests.reserve('d', 'desks', '09:00', '10:00', 'held', units => 2);
select tests.reserve('p', 'room', '10:00', '11:00', 'pencilled');
select tests.reserve('c', 'room', '11:00', '12:00');
select tests.reserve('t', 'room', '11:00', '12:00', 'tentative');
select tests.reserve('x', 'room', '12:00', '13:00', 'held');
select tests.reserve('o', 'theirs', '09:00', '10:00', 'held', 'stranger');
update booking.reservations set status = 'cancelled' where id = tests.id('x');
select tests.clock('08:10');

create temp table before as select tests.digest();
grant select on before to public;
select throws_ok(format('select tests.be(%L), api.extend_hold(tests.id(%L), %L)', who, reservation, version), code, slug, format('%s %s: %s', who, reservation, slug))
  from (values
    ('colleague', 'h', null, 'PT404', 'not_found'), ('approver', 'h', null, 'PT403', 'forbidden'), ('stranger', 'h', null, 'PT404', 'not_found'),
    ('member', 'none', null, 'PT404', 'not_found'), ('member', 'o', null, 'PT404', 'not_found'), ('member', null, null, 'PT404', 'not_found'),
    ('member', 'h', 2, 'PT409', 'version_conflict'), ('member', 'h', 0, 'PT409', 'version_conflict'),
    ('member', 'p', null, 'PT409', 'invalid_transition'), ('member', 'c', null, 'PT409', 'invalid_transition'),
    ('member', 't', null, 'PT409', 'invalid_transition'), ('member', 'x', null, 'PT409', 'invalid_transition')) as refusals (who, reservation, version, code, slug);
select throws_ok($$ select tests.be('member'), api.extend_hold(tests.id('h'), reason => repeat('x', 1001)) $$, 'PT400', 'invalid_argument', 'a reason is not a novel');
select is(tests.digest(), digest, 'nothing of that changed anything') from before;

select tests.be('member');
select is(tests.details($$ select api.extend_hold(tests.id('p')) $$), '{"status": "pencilled", "action": "extend_hold"}', 'only a hold is extended');
select is(tests.details($$ select api.extend_hold(tests.id('h'), 7) $$), '{"version": 1, "expected_version": 7}', 'the present version is told');
select is(array[r.status::text, r.version::text, r.expires_at::text], array['held', '2', tests.at('08:40')::text], 'it has its whole time again, from now')
  from api.extend_hold(tests.id('h'), 1, 'still typing') r;
select is((api.extend_hold(tests.id('d'))).expires_at, tests.at('08:40'), 'a pool''s, too');
select tests.be_dba();
select is(array_agg(expires_at), array_fill(tests.at('08:40'), array[3]), 'the claims follow') from booking.claims where source_id in (tests.id('h'), tests.id('d'));
select is(booking.event_data(tests.last_event('h')) - 'reservation',
  jsonb_build_object('previous', jsonb_build_object('expires_at', tests.at('08:30')), 'reason', 'still typing', 'override', false), 'and the event tells');
select is((tests.last_event('h')).type || (tests.last_event('h')).actor_id, 'reservation.hold_extended' || tests.id('member'), 'who extended it');

-- Never sooner than before
select tests.rule(null, '{"hold_ttl": "10 minutes"}');
select tests.be('member');
select is((api.extend_hold(tests.id('h'))).expires_at, tests.at('08:40'), 'a shorter rule takes nothing away');
select tests.clock('08:30');
select is((api.extend_hold(tests.id('h'))).expires_at, tests.at('08:40'), 'as far as it goes already');
select tests.clock('08:31');
select tests.be('manager');
select is((api.extend_hold(tests.id('h'))).expires_at, tests.at('08:41'), 'a manager extends anybody''s');

-- The very instant
select tests.be('member');
select tests.clock('08:40:59.999999');
select is(tests.answer($$ select api.extend_hold(tests.id('h')) $$), '{"rows": 1}', 'it lasts until the last microsecond');
select tests.clock('08:41');
create temp table later as select tests.digest();
select is(tests.answer($$ select api.extend_hold(tests.id('h')) $$) - 'hint',
  jsonb_build_object('code', 'PT409', 'message', 'hold_expired', 'details', jsonb_build_object('status', 'held', 'expired_at', tests.at('08:41'))), 'and not one longer');
select throws_ok($$ select api.extend_hold(tests.id('h'), 1) $$, 'PT409', 'hold_expired', 'whatever version was read');
select throws_ok($$ select tests.be('colleague'), api.extend_hold(tests.id('h')) $$, 'PT404', 'not_found', 'which is nobody else''s business');
select throws_ok($$ select tests.be('manager'), api.extend_hold(tests.id('h')) $$, 'PT409', 'hold_expired', 'a manager revives nothing');
select tests.be('member');
select throws_ok($$ select api.extend_hold(tests.id('d')) $$, 'PT409', 'hold_expired', 'a pool''s, too');
select is(tests.digest(), digest, 'nothing of that changed anything') from later;

select * from finish();
rollback;
