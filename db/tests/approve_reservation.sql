-- api.approve_reservation: an approver lets a pending reservation be, if its time is still free.
begin;
select no_plan();
select tests.world();
select tests.reserve('p', 'stage', '09:00', '10:00', 'pending');
select tests.reserve('q', 'stage', '09:30', '10:30', 'pending');
select tests.reserve('mine', 'stage', '11:00', '12:00', 'pending', 'approver');
select tests.reserve('over', 'stage', '06:00', '07:00', 'pending');

select tests.be('member');
select throws_ok($$ select api.approve_reservation(tests.id('p')) $$, 'PT403', 'forbidden', 'not its owner');
select tests.be('colleague');
select throws_ok($$ select api.approve_reservation(tests.id('p')) $$, 'PT404', 'not_found', 'nor another member, who does not see it');
select tests.be('approver');
select is(tests.details($$ select api.approve_reservation(tests.id('p'), 7) $$), '{"version": 1, "expected_version": 7}', 'nor what has changed since');
select is(r.status::text || r.version || r.status_reason, 'confirmed2fine', 'an approver, with a note')
  from api.approve_reservation(tests.id('p'), 1, 'fine') r;
select is(tests.claims('p'), '{stage 1 09:00-10:00}', 'and it takes its time');

create temp table before as select tests.digest();
grant select on before to public;
select throws_ok($$ select api.approve_reservation(tests.id('q')) $$, 'PT409', 'slot_taken', 'the slot has gone');
select is((tests.reservation('q')).status::text || (tests.reservation('q')).version, 'pending1', 'it stays pending, at its version');
select is(tests.events('q'), '{reservation.submitted}', 'with no event');
select throws_ok($$ select api.approve_reservation(tests.id('p')) $$, 'PT409', 'invalid_transition', 'once is enough');
select throws_ok($$ select api.approve_reservation(tests.id('over')) $$, 'PT422', 'too_soon', 'it is over');
select is(tests.digest(), digest, 'nothing of that changed anything') from before;

select is((api.approve_reservation(tests.id('mine'))).status::text, 'confirmed', 'an approver''s own, too');
do $$ begin perform tests.be('manager'); perform api.cancel_reservation(tests.id('p')); end $$;
select is((api.approve_reservation(tests.id('q'))).status::text, 'confirmed', 'what has come free can be approved after all');

select * from finish();
rollback;
