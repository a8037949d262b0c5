-- api.confirm_bundle makes a bundle firm as one.
begin;
select no_plan();
select tests.world();

select tests.bundle('u');
select tests.part('u', 'a', 'room', '09:00', '10:00', 'held');
select tests.part('u', 'b', 'desks', '09:00', '12:00', 'pencilled');
select tests.part('u', 'c', 'studio', '09:00', '10:00', 'tentative');
select tests.part('u', 'd', 'stage', '09:00', '10:00', 'tentative');
select tests.bundle('firm');
select tests.part('firm', 'f', 'room', '11:00', '12:00');
select tests.bundle('blocked');
select tests.part('blocked', 'g', 'room', '13:00', '14:00', 'held');
select tests.part('blocked', 'h', 'studio', '13:00', '14:00', 'tentative');
select tests.reserve('rival', 'studio', '13:30', '14:00', owner => 'colleague');
select tests.bundle('empty');

-- Refusals
create temp table before as select tests.digest();
grant select on before to public;
select throws_ok(format('select tests.be(%L), api.confirm_bundle(%s)', who, call), code, slug, format('%s for %s: %s', slug, who, left(call, 60)))
  from (values
    ('colleague', $$tests.id('u')$$, 'PT404', 'not_found'), ('stranger', $$tests.id('u')$$, 'PT404', 'not_found'), ('member', $$tests.id('none')$$, 'PT404', 'not_found'), ('member', $$null$$, 'PT404', 'not_found'),
    ('member', $$tests.id('a')$$, 'PT404', 'not_found'), ('approver', $$tests.id('u')$$, 'PT403', 'forbidden'),
    ('member', $$tests.id('firm')$$, 'PT409', 'invalid_transition'), ('member', $$tests.id('empty')$$, 'PT409', 'invalid_transition'), ('member', $$tests.id('blocked')$$, 'PT409', 'slot_taken'),
    ('member', $$tests.id('u'), repeat('x', 1001)$$, 'PT400', 'invalid_argument'), ('member', $$tests.id('u'), 'why', true$$, 'PT403', 'forbidden'), ('manager', $$tests.id('u'), override => true$$, 'PT400', 'invalid_argument')) as refusals (who, call, code, slug);
select is(tests.digest(), digest, 'nothing of that changed anything: none is confirmed where one cannot be') from before;

-- As one
select tests.be('member');
create temp table made as select api.confirm_bundle(tests.id('u'), 'go') as answer;
grant select on made to public;
select is(answer, jsonb_build_object('bundle_id', tests.id('u'), 'reservations', (select jsonb_agg(to_jsonb(r) order by r.starts_at, r.resource_id) from api.reservations r where r.bundle_id = tests.id('u'))), 'the answer has the reservations whole, by their start') from made;
select is(tests.stands('u'), 'a confirmed, b confirmed, c confirmed, d pending', 'all are confirmed, but for what requires approval, which is asked for');
select is(tests.claims('a') || tests.claims('b') || tests.claims('c') || tests.claims('d'), '{room 1 09:00-10:00, desks 1 09:00-12:00, studio 1 09:00-10:00}', 'each takes its time');
select is(tests.events(name)::text, events, 'one event each: ' || name)
  from (values ('a', '{reservation.held,reservation.confirmed}'), ('b', '{reservation.pencilled,reservation.confirmed}'), ('c', '{reservation.created,reservation.confirmed}'), ('d', '{reservation.created,reservation.submitted}')) as events (name, events);
select is(array[e.actor_id::text, e.reason], array[tests.id('member')::text, 'go'], 'with the actor and the reason: ' || name) from unnest('{a, d}'::text[]) name, tests.last_event(name) e;
select is(tests.details($$ select api.confirm_bundle(tests.id('u')) $$), '{"action": "confirm"}', 'once is enough, and what waits for an approver waits');

-- Half of it
select tests.be_dba();
select tests.bundle('half');
select tests.part('half', 'i', 'room', '15:00', '16:00', 'held');
select tests.part('half', 'j', 'desks', '15:00', '16:00', 'held');
select tests.part('half', 'k', 'studio', '15:00', '16:00');
update booking.reservations set status = 'cancelled' where id = tests.id('j');
select tests.be('member');
select is(api.confirm_bundle(tests.id('half')) ->> 'bundle_id' || tests.stands('half'), tests.id('half') || 'i confirmed, j cancelled, k confirmed', 'what is cancelled is no longer part of it, and what is confirmed stays so');
select is((tests.reservation('k')).version, 1, 'and is not confirmed again');

-- Held together, expired together
select tests.be_dba();
select tests.bundle('held');
select tests.part('held', 'm', 'room', '17:00', '18:00', 'held', '08:20');
select tests.part('held', 'n', 'studio', '17:00', '18:00', 'held', '08:40');
truncate before;
insert into before select tests.digest();
select tests.be('member');
select tests.clock('08:19:59.999999');
select is(tests.answer($$ select api.confirm_bundle(tests.id('held')) $$), '{"rows": 1}', 'until the first of them expires');
select tests.clock('08:20');
select throws_ok($$ select api.confirm_bundle(tests.id('held')) $$, 'PT409', 'hold_expired', 'and no longer');
select is(tests.digest(), digest, 'the other one is not confirmed on its own') from before;
select tests.be_dba();
select set_eq('select event_type, changes from booking.sweep()', $$ values ('reservation.expired', 1::bigint) $$, 'the sweep comes by');
select tests.be('member');
select throws_ok($$ select api.confirm_bundle(tests.id('held')) $$, 'PT409', 'hold_expired', 'which changes nothing of that');
select is(tests.stands('held'), 'm expired, n held', 'nor of it');

-- A blackout over one
select tests.be_dba();
select tests.clock('08:00');
select tests.bundle('closed');
select tests.part('closed', 'o', 'room', '19:00', '20:00', 'tentative');
select tests.part('closed', 'p', 'studio', '19:00', '20:00', 'tentative');
insert into booking.blackouts (tenant_id, resource_id, starts_at, ends_at) values (tests.id('acme'), tests.id('studio'), tests.at('19:30'), tests.at('21:00'));
select tests.be('member');
select throws_ok($$ select api.confirm_bundle(tests.id('closed')) $$, 'PT409', 'blackout', 'where one is closed, none is confirmed');
select is(tests.stands('closed'), 'o tentative, p tentative', 'they stay as they were');

-- What was turned down keeps none of the others.
select tests.be_dba();
select tests.bundle('parts');
select tests.part('parts', 's', 'room', '22:00', '23:00', 'held');
select tests.part('parts', 't', 'stage', '10:00', '11:00', 'pending');
update booking.reservations set status = 'rejected' where id = tests.id('t');
select tests.be('member');
select is(api.confirm_bundle(tests.id('parts')) #>> '{rejected,0,reservation_id}' || tests.stands('parts'), tests.id('t') || 's confirmed, t rejected', 'it is named');

-- For others, and with override
select tests.be_dba();
select tests.bundle('hers', 'colleague');
select tests.part('hers', 'q', 'room', '21:00', '22:00', 'held');
select tests.part('hers', 'r', 'stage', '21:00', '22:00', 'held');
select tests.be('manager');
select is(api.confirm_bundle(tests.id('hers'), 'VIP', true) ->> 'bundle_id' || tests.stands('hers'), tests.id('hers') || 'q confirmed, r confirmed', 'managers confirm anybody''s, and may skip the approval');
select is(array[e.type, e.override::text, e.reason], '{reservation.confirmed, true, VIP}', 'which the event tells') from tests.last_event('r') e;
select tests.be_dba();
select is_empty('select * from booking.verify_invariants()', 'all is in order');

select * from finish();
rollback;
