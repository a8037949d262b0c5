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

-- A unit that was asked for, and is gone
select tests.be_dba();
update booking.resources set requires_approval = true where id = tests.id('desks');
select tests.reserve('pinned', 'desks', '05:00', '06:00', 'pending', unit => 3);
select tests.reserve('second', 'desks', '05:00', '06:00', 'pending', unit => 2);
select tests.reserve('wished', 'desks', '05:00', '06:00', 'tentative', unit => 3);
update booking.reservations set starts_at = tests.at('05:00', 20), ends_at = tests.at('06:00', 20) where id in (tests.id('pinned'), tests.id('second'), tests.id('wished'));
select tests.be('manager');
update api.resources set capacity = 2 where id = tests.id('desks');
select is(array[(tests.reservation('pinned')).unit, (tests.reservation('wished')).unit, (tests.reservation('second')).unit], '{null,null,2}', 'a request pinned to a unit that has gone is pinned no longer');
select is(array[e.type, e.previous ->> 'unit'], '{reservation.rescheduled, 3}', 'which the log says') from tests.last_event('pinned') e;
select is((api.approve_reservation(tests.id('pinned'))).status::text, 'confirmed', 'and can be approved');
select tests.be_dba();
select is(tests.answer($$ select tests.reserve('fourth', 'desks', '15:00', '16:00', unit => 4) $$) ->> 'hint', 'desks has no unit 4: it has 2. Choose one of them.', 'what asks for a unit that is not there is told so');
select * from finish();
rollback;
