-- api.update_reservation changes what a reservation says of itself, and nothing else.
begin;
select no_plan();
select tests.world();
select tests.reserve('a', 'room', '09:00', '10:00');
select tests.reserve('h', 'room', '10:00', '11:00', 'held');
select tests.reserve('x', 'room', '11:00', '12:00');
update booking.reservations set status = 'cancelled' where id = tests.id('x');

create temp table before as select tests.digest();
grant select on before to public;
select throws_ok(format('select tests.be(%L), api.update_reservation(%s)', who, call), code, slug, format('%s, %s: %s', who, left(call, 60), slug))
  from (values
    ('colleague', $$tests.id('a'), 'x'$$, 'PT404', 'not_found'), ('approver', $$tests.id('a'), 'x'$$, 'PT403', 'forbidden'), ('stranger', $$tests.id('a'), 'x'$$, 'PT404', 'not_found'),
    ('member', $$tests.id('none'), 'x'$$, 'PT404', 'not_found'), ('member', $$tests.id('a'), 'x', expected_version => 2$$, 'PT409', 'version_conflict'),
    ('member', $$tests.id('a'), repeat('x', 501)$$, 'PT400', 'invalid_argument'), ('member', $$tests.id('a'), notes => repeat('x', 10001)$$, 'PT400', 'invalid_argument'),
    ('member', $$tests.id('a'), metadata => '[]'$$, 'PT400', 'invalid_argument'), ('member', $$tests.id('a'), metadata => 'null'$$, 'PT400', 'invalid_argument'),
    ('member', $$tests.id('a'), metadata => jsonb_build_object('x', repeat('x', 16384))$$, 'PT400', 'invalid_argument'),
    ('member', $$tests.id('a'), metadata => (repeat('{"a":', 33) || '{}' || repeat('}', 33))::jsonb$$, 'PT400', 'invalid_argument'),
    ('member', $$tests.id('a'), 'x', reason => repeat('x', 1001)$$, 'PT400', 'invalid_argument')) as refusals (who, call, code, slug);
select is(tests.digest(), digest, 'nothing of that changed anything') from before;

select tests.be('member');
select is(array[r.title, r.notes, r.metadata::text, r.version::text], '{Retro,private,"{}",2}', 'a title; what is not given stays') from api.update_reservation(tests.id('a'), 'Retro', expected_version => 1, reason => 'typo') r;
select is(booking.event_data(tests.last_event('a')) - 'reservation', '{"previous": {"title": "a"}, "reason": "typo", "override": false}', 'which the event tells');
select is((tests.last_event('a')).type, 'reservation.updated', 'as an update');
select is(array[r.title, r.notes, r.metadata::text], '{Retro,"","{\"a\": null}"}', 'notes and metadata') from api.update_reservation(tests.id('a'), notes => '', metadata => '{"a": null}') r;
select is(booking.event_data(tests.last_event('a')) -> 'previous', '{"metadata": {}}', 'notes are not in the log');
select is(array[r.title, r.notes, r.metadata::text], '{"","","{}"}', 'or taken back') from api.update_reservation(tests.id('a'), '', metadata => '{}') r;
select is(to_jsonb(tests.reservation('a')) - '{title, notes, metadata, version, updated_at}'::text[], to_jsonb(r) - '{title, notes, metadata, version, updated_at}'::text[], 'nothing else has changed')
  from api.update_reservation(tests.id('a'), 'b') r;
select is(tests.claims('a'), '{room 1 09:00-10:00}', 'nor has its time');
select is((tests.reservation('a')).status_reason, null, 'the reason is the event''s, not the status''s');
select is((api.update_reservation(tests.id('x'), 'never mind')).title, 'never mind', 'what is over can still be described');
select is(array[r.title::text, r.expires_at::text], array['H', tests.at('08:30')::text], 'a hold is not extended by it') from api.update_reservation(tests.id('h'), 'H') r;
select tests.be('manager');
select is((api.update_reservation(tests.id('a'), 'moderated')).title, 'moderated', 'a manager''s pen reaches everywhere');
select tests.clock('08:30');
select tests.be('member');
select throws_ok($$ select api.update_reservation(tests.id('h'), 'H2') $$, 'PT409', 'hold_expired', 'but not what has expired');
select tests.be_dba();
select is_empty('select * from booking.verify_invariants()', 'all is in order');

select * from finish();
rollback;
