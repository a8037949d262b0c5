-- api.cancel_bundle gives all the time of a bundle back.
begin;
select no_plan();
select tests.world();

select tests.bundle('u');
select tests.part('u', 'a', 'room', '09:00', '10:00');
select tests.part('u', 'b', 'desks', '09:00', '12:00', 'held');
select tests.part('u', 'c', 'studio', '09:00', '10:00', 'tentative');
select tests.part('u', 'd', 'stage', '09:00', '10:00', 'pending');
select tests.part('u', 'e', 'room', '10:00', '11:00', 'pencilled');
select tests.bundle('done');
select tests.part('done', 'f', 'room', '07:30', '08:30');
update booking.reservations set status = 'completed' where id = tests.id('f');
select tests.bundle('in');
select tests.part('in', 'g', 'room', '08:30', '09:00');
select tests.part('in', 'h', 'studio', '08:30', '09:00');
update booking.reservations set status = 'checked_in' where id in (tests.id('g'), tests.id('h'));
select tests.bundle('empty');

create temp table before as select tests.digest();
grant select on before to public;
select throws_ok(format('select tests.be(%L), api.cancel_bundle(%s)', who, call), code, slug, format('%s for %s: %s', slug, who, left(call, 60)))
  from (values
    ('colleague', $$tests.id('u')$$, 'PT404', 'not_found'), ('stranger', $$tests.id('u')$$, 'PT404', 'not_found'), ('member', $$tests.id('none')$$, 'PT404', 'not_found'), ('approver', $$tests.id('u')$$, 'PT403', 'forbidden'),
    ('member', $$tests.id('done')$$, 'PT409', 'invalid_transition'), ('member', $$tests.id('empty')$$, 'PT409', 'invalid_transition'),
    -- Whoever has checked in is there: it is completed, not cancelled.
    ('member', $$tests.id('in')$$, 'PT409', 'invalid_transition'),
    ('member', $$tests.id('u'), repeat('x', 1001)$$, 'PT400', 'invalid_argument'), ('member', $$tests.id('u'), 'why', true$$, 'PT403', 'forbidden'), ('manager', $$tests.id('u'), override => true$$, 'PT400', 'invalid_argument')) as refusals (who, call, code, slug);
select is(tests.digest(), digest, 'nothing of that changed anything') from before;

select tests.be('member');
select is(array(select distinct (r ->> 'status') || ' ' || (r ->> 'status_reason') from jsonb_array_elements(api.cancel_bundle(tests.id('u'), 'ill') -> 'reservations') r), '{cancelled ill}', 'all of it is cancelled');
select is(tests.claims('a') || tests.claims('b') || tests.claims('e'), '{}', 'its time is free');
select lives_ok($$ select tests.be('colleague'), api.create_reservation(tests.id('room'), tests.at('09:00'), tests.at('11:00')) $$, 'for anybody, at once');
select is(array[e.type, e.actor_id::text, e.reason], array['reservation.cancelled', tests.id('member')::text, 'ill'], 'one event each, with the actor and the reason: ' || name) from unnest('{a, b, c, d, e}'::text[]) name, tests.last_event(name) e;
select tests.be('member');
select is(tests.details($$ select api.cancel_bundle(tests.id('u')) $$), '{"action": "cancel"}', 'once is enough');

-- Half of it
select tests.be_dba();
select tests.bundle('half');
select tests.part('half', 'i', 'room', '15:00', '16:00');
select tests.part('half', 'j', 'desks', '15:00', '16:00');
select tests.part('half', 'k', 'stage', '15:00', '16:00', 'pending');
update booking.reservations set status = 'cancelled' where id = tests.id('j');
update booking.reservations set status = 'rejected' where id = tests.id('k');
select tests.be('manager');
select is(api.cancel_bundle(tests.id('half')) ->> 'bundle_id' || tests.stands('half'), tests.id('half') || 'i cancelled, j cancelled, k rejected', 'what is left of it; a manager, anybody''s');
select is((tests.reservation('j')).version, 2, 'and nothing again');

-- One part that can no longer change keeps none of the others.
select tests.be_dba();
select tests.bundle('parts');
select tests.part('parts', 'p1', 'room', '20:00', '21:00');
select tests.part('parts', 'p2', 'desks', '20:00', '21:00');
select tests.part('parts', 'p3', 'stage', '20:00', '21:00', 'pending');
select tests.part('parts', 'p4', 'studio', '08:00', '08:10');
select tests.part('parts', 'p5', 'studio', '19:00', '20:00');
select tests.part('parts', 'p6', 'studio', '07:00', '08:00');
update booking.reservations set status = 'checked_in' where id = tests.id('p2');
update booking.reservations set status = 'rejected' where id = tests.id('p3');
update booking.reservations set status = 'cancelled' where id = tests.id('p5');
update booking.reservations set status = 'completed' where id = tests.id('p6');
select tests.be('member');
select tests.clock('08:12');
create temp table partly as select api.cancel_bundle(tests.id('parts')) as answer;
grant select on partly to public;
select is(tests.stands('parts'), 'p1 cancelled, p2 checked_in, p3 rejected, p4 confirmed, p5 cancelled, p6 completed', 'what can still be cancelled is');
select is(array(select format('%s %s %s: %s', n, r ->> 'code', r -> 'status', r ->> 'hint') from partly, jsonb_array_elements(answer -> 'rejected') r join unnest('{p1,p2,p3,p4,p5,p6}'::text[]) n on tests.id(n)::text = r ->> 'reservation_id' order by n),
  '{p2 invalid_transition 409: A checked_in reservation cannot be changed by cancel_reservation., p3 invalid_transition 409: A rejected reservation cannot be changed by cancel_reservation., p4 invalid_transition 409: It is over., p6 invalid_transition 409: A completed reservation cannot be changed by cancel_reservation.}',
  'and the others are named, with why; not what was cancelled already');
select is(array(select (r -> 'details' ->> 'status') || (r ->> 'starts_at') from partly, jsonb_array_elements(answer -> 'rejected') r where r ->> 'reservation_id' = tests.id('p2')::text), array['checked_in2030-01-07T20:00:00+00:00'], 'and when');
select is(tests.answer($$ select api.cancel_bundle(tests.id('parts')) $$) #> '{details,rejected}', answer -> 'rejected', 'and again, where nothing is left to cancel') from partly;
select tests.be_dba();
update booking.reservations set status = 'completed' where id = tests.id('p4');
select tests.clock('08:00');

-- What has expired is nothing that is left, whether or not the sweep has come by.
select tests.be_dba();
select tests.bundle('held');
select tests.part('held', 'm', 'room', '17:00', '18:00', 'held', '08:20');
select tests.part('held', 'n', 'studio', '17:00', '18:00');
select tests.be('member');
select tests.clock('08:20');
select is(tests.answer($$ select api.cancel_bundle(tests.id('held')) $$), '{"rows": 1}', 'one hold that has expired does not keep the rest from being cancelled');
select tests.be_dba();
select set_eq('select event_type, changes from booking.sweep()', $$ values ('reservation.expired', 1::bigint) $$, 'the sweep comes by');
select tests.be('member');
select is(api.cancel_bundle(tests.id('held')) ->> 'bundle_id' || tests.stands('held'), tests.id('held') || 'm expired, n cancelled', 'nor then');
select tests.be_dba();
select is_empty('select * from booking.verify_invariants()', 'all is in order');

select * from finish();
rollback;
