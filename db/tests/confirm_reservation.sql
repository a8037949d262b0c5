-- api.confirm_reservation makes a tentative, held or pencilled reservation firm.
begin;
select no_plan();
select tests.world();
select tests.reserve('t', 'room', '09:00', '10:00', 'tentative');
select tests.reserve('late', 'room', '09:30', '10:30', 'tentative');
select tests.reserve('s', 'stage', '09:00', '10:00', 'tentative');
select tests.reserve('s2', 'stage', '09:00', '10:00', 'tentative');
select tests.reserve('over', 'room', '06:00', '07:00', 'tentative');
select tests.reserve('shut', 'closed', '09:00', '10:00', 'tentative');

select tests.be('member');
select is(tests.answer($$ select api.confirm_reservation(tests.id('t'), 2) $$) - 'hint',
  '{"code": "PT409", "message": "version_conflict", "details": {"version": 1, "expected_version": 2}}', 'what has changed since is not confirmed unseen');
select is(r.status::text || r.version, 'confirmed2', 'it is firm') from api.confirm_reservation(tests.id('t'), 1, 'sure') r;
select is(tests.claims('t'), '{room 1 09:00-10:00}', 'and takes its time');
select is((tests.reservation('t')).status_reason, 'sure', 'for the reason given');
select is((api.confirm_reservation(tests.id('s'))).status::text, 'pending', 'where approval is required it waits');
select is((tests.reservation('s')).version, 2, 'as another version');

create temp table before as select tests.digest();
grant select on before to public;
select throws_ok($$ select api.confirm_reservation(tests.id('late')) $$, 'PT409', 'slot_taken', 'the time has gone');
select throws_ok($$ select api.confirm_reservation(tests.id('t')) $$, 'PT409', 'invalid_transition', 'it is firm already');
select throws_ok($$ select api.confirm_reservation(tests.id('over')) $$, 'PT422', 'too_soon', 'it is over');
select throws_ok($$ select api.confirm_reservation(tests.id('shut')) $$, 'PT422', 'resource_inactive', 'the resource is closed');
select throws_ok($$ select api.confirm_reservation(tests.id('nothing')) $$, 'PT404', 'not_found', 'there is none');
select throws_ok($$ select api.confirm_reservation(null) $$, 'PT404', 'not_found', 'nor one of no id');
select throws_ok($$ select api.confirm_reservation(tests.id('s2'), override => true, reason => 'why') $$, 'PT403', 'forbidden', 'members override nothing');
select throws_ok($$ select tests.be('colleague'), api.confirm_reservation(tests.id('late')) $$, 'PT404', 'not_found', 'nor see what is another''s');
select throws_ok($$ select tests.be('approver'), api.confirm_reservation(tests.id('late')) $$, 'PT403', 'forbidden', 'approvers see it, but it is not theirs');
select throws_ok($$ select tests.be('manager'), api.confirm_reservation(tests.id('late'), override => true, reason => 'why') $$,
  'PT409', 'slot_taken', 'an override takes nobody''s time');
select is(tests.digest(), digest, 'nothing of that changed anything') from before;

select tests.reserve('s3', 'stage', '11:00', '12:00', 'tentative');
select is((api.confirm_reservation(tests.id('s3'), override => null)).status::text, 'pending', 'override null is no override');
select tests.be('manager');
select is((api.confirm_reservation(tests.id('s2'), override => true, reason => 'VIP')).status::text, 'confirmed', 'a manager skips approval');
select is(booking.event_data(tests.last_event('s2')) -> 'override', 'true', 'which the event tells');
select is((api.confirm_reservation(tests.id('over'), override => true, reason => 'was there')).status::text, 'confirmed', 'and enters what is over');

-- Held and pencilled
select tests.be_dba();
select tests.reserve('h', 'studio', '09:00', '10:00', 'held');
select tests.reserve('h2', 'studio', '10:00', '11:00', 'held');
select tests.reserve('pc', 'studio', '11:00', '12:00', 'pencilled', expires => '08:30');
select tests.reserve('hp', 'desks', '09:00', '10:00', 'held', units => 3);
select tests.reserve('hs', 'stage', '12:00', '13:00', 'held');
select tests.reserve('hs2', 'stage', '14:00', '15:00', 'pencilled');
select tests.be('member');
select tests.clock('08:29:59.999999');
select is(array[r.status::text, r.version::text, r.expires_at::text], '{confirmed, 2, null}', 'a hold is confirmed until its last microsecond, and expires no more') from api.confirm_reservation(tests.id('h'), 1) r;
select is(tests.claims('h'), '{studio 1 09:00-10:00}', 'it keeps its time: its own hold is not in its way');
select is(tests.events('h'), '{reservation.held, reservation.confirmed}', 'one change, one event');
select is((api.confirm_reservation(tests.id('hp'))).status::text || cardinality(tests.claims('hp')), 'confirmed3', 'all the units of a pool');
select is((api.confirm_reservation(tests.id('hs'))).status::text || tests.claims('hs')::text, 'pending{}', 'where approval is required it waits, and takes no time');
select is((tests.reservation('hs')).expires_at, null, 'nor does it expire');
select is(tests.answer($$ select api.confirm_reservation(tests.id('pc')) $$), '{"rows": 1}', 'a pencilled one likewise');
select tests.be_dba();
update booking.reservations set status = 'cancelled' where id in (tests.id('s'), tests.id('s3'));
update booking.resources set blocking_statuses = blocking_statuses || '{pending}' where id = tests.id('stage');
select tests.be('member');
select is((api.confirm_reservation(tests.id('hs2'))).status::text || tests.claims('hs2')::text, 'pending{"stage 1 14:00-15:00"}', 'unless pending blocks: then it goes on keeping its time');
select tests.clock('12:00', 3);
select is((select count(*) from api.calendar where reservation_id = tests.id('hs2')), 1::bigint, 'for as long as it waits');
select tests.clock('08:29:59.999999');
select tests.clock('08:30');
create temp table later as select tests.digest();
grant select on later to public;
select is(tests.answer($$ select api.confirm_reservation(tests.id('h2')) $$), jsonb_build_object('code', 'PT409', 'message', 'hold_expired', 'hint', 'It has expired, and its time is anybody''s; book it anew.',
  'details', jsonb_build_object('status', 'held', 'expired_at', tests.at('08:30'))), 'from the very instant of its expiry it is not');
select throws_ok($$ select api.confirm_reservation(tests.id('pc')) $$, 'PT409', 'hold_expired', 'nor is a pencilled one');
select throws_ok($$ select api.confirm_reservation(tests.id('h2'), 7) $$, 'PT409', 'hold_expired', 'whatever version was read');
select throws_ok($$ select api.cancel_reservation(tests.id('h2')) $$, 'PT409', 'hold_expired', 'it cannot even be cancelled');
select throws_ok($$ select api.reschedule_reservation(tests.id('h2'), tests.at('16:00'), tests.at('17:00')) $$, 'PT409', 'hold_expired', 'nor moved');
select throws_ok($$ select tests.be('manager'), api.confirm_reservation(tests.id('h2'), override => true, reason => 'why') $$, 'PT409', 'hold_expired', 'no override brings it back');
select throws_ok($$ select tests.be('colleague'), api.confirm_reservation(tests.id('h2')) $$, 'PT404', 'not_found', 'and others do not hear of it');
select is(tests.digest(), digest, 'nothing of that changed anything') from later;
select tests.be_dba();
do $$ begin perform booking.sweep(); end $$;
select tests.be('member');
select is(tests.answer($$ select api.confirm_reservation(tests.id('h2'), 1) $$), jsonb_build_object('code', 'PT409', 'message', 'hold_expired', 'hint', 'It has expired, and its time is anybody''s; book it anew.',
  'details', jsonb_build_object('status', 'expired', 'expired_at', tests.at('08:30'))), 'whether or not the sweep has come by');
select tests.be_dba();
select is_empty('select * from booking.verify_invariants()', 'all is in order');

select * from finish();
rollback;
