-- api.confirm_reservation makes a tentative reservation firm.
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

select * from finish();
rollback;
