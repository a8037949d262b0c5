-- api.approve_bundle and api.reject_bundle: an approver decides on all that is pending in a bundle, as one.
begin;
select no_plan();
select tests.world();

select tests.bundle('u');
select tests.part('u', 'a', 'stage', '09:00', '10:00', 'pending');
select tests.part('u', 'b', 'stage', '11:00', '12:00', 'pending');
select tests.part('u', 'c', 'room', '09:00', '12:00');
select tests.bundle('gone');
select tests.part('gone', 'd', 'stage', '13:00', '14:00', 'pending');
select tests.part('gone', 'e', 'stage', '15:00', '16:00', 'pending');
select tests.reserve('rival', 'stage', '15:30', '16:00', owner => 'colleague');
select tests.bundle('no');
select tests.part('no', 'f', 'stage', '17:00', '18:00', 'pending');
select tests.part('no', 'g', 'stage', '18:00', '19:00', 'pending');
select tests.part('no', 'h', 'room', '17:00', '18:00');
select tests.bundle('asked');
select tests.part('asked', 'i', 'stage', '20:00', '21:00', 'pending');
select tests.part('asked', 'j', 'room', '20:00', '21:00', 'tentative');
select tests.bundle('firm');
select tests.part('firm', 'k', 'studio', '09:00', '10:00');
select tests.bundle('own', 'approver');
select tests.part('own', 'l', 'stage', '22:00', '23:00', 'pending');

create temp table before as select tests.digest();
grant select on before to public;
select throws_ok(format('select tests.be(%L), api.%s_bundle(%s)', who, action, call), code, slug, format('%s for %s to %s: %s', slug, who, action, left(call, 60)))
  from unnest('{approve, reject}'::text[]) action,
       (values
    ('member', $$tests.id('u')$$, 'PT403', 'forbidden'), ('colleague', $$tests.id('u')$$, 'PT404', 'not_found'), ('stranger', $$tests.id('u')$$, 'PT404', 'not_found'),
    ('approver', $$tests.id('none')$$, 'PT404', 'not_found'), ('approver', $$tests.id('firm')$$, 'PT409', 'invalid_transition'), ('member', $$tests.id('firm')$$, 'PT409', 'invalid_transition'), ('approver', $$tests.id('u'), repeat('x', 1001)$$, 'PT400', 'invalid_argument')) as refusals (who, call, code, slug);
select throws_ok($$ select tests.be('approver'), api.approve_bundle(tests.id('gone')) $$, 'PT409', 'slot_taken', 'where one slot has gone, none is approved');
select is(tests.digest(), digest, 'nothing of that changed anything: all stay pending, with no event') from before;

select tests.be('approver');
select is(array(select r ->> 'status' from jsonb_array_elements(api.approve_bundle(tests.id('u'), 'fine') -> 'reservations') r), '{confirmed, confirmed, confirmed}', 'all that was pending is confirmed');
select is(tests.claims('a') || tests.claims('b'), '{stage 1 09:00-10:00, stage 1 11:00-12:00}', 'and takes its time');
select is(array[(tests.reservation('a')).version, (tests.reservation('b')).version, (tests.reservation('c')).version], '{2, 2, 1}', 'what was so before is as it was');
select is(array[e.type, e.actor_id::text, e.reason], array['reservation.confirmed', tests.id('approver')::text, 'fine'], 'one event each, with the actor and the note: ' || name) from unnest('{a, b}'::text[]) name, tests.last_event(name) e;
select throws_ok($$ select api.approve_bundle(tests.id('u')) $$, 'PT409', 'invalid_transition', 'once is enough');
select is(api.approve_bundle(tests.id('own')) ->> 'bundle_id' || tests.stands('own'), tests.id('own') || 'l confirmed', 'an approver''s own, too');

-- Half of it
select tests.be_dba();
update booking.reservations set status = 'cancelled' where id = tests.id('e');
select tests.be('approver');
select is(api.approve_bundle(tests.id('gone')) ->> 'bundle_id' || tests.stands('gone'), tests.id('gone') || 'd confirmed, e cancelled', 'without the one that could not be had');

-- Turned down
select is(array(select r ->> 'status_reason' from jsonb_array_elements(api.reject_bundle(tests.id('no'), 'too loud') -> 'reservations') r where r ->> 'status' = 'rejected'), '{too loud, too loud}', 'all that is pending is rejected, and told why');
select is(tests.stands('no'), 'f rejected, g rejected, h confirmed', 'what needs no approval stays');
select is(tests.events('f'), '{reservation.submitted, reservation.rejected}', 'one event each');
select throws_ok($$ select api.reject_bundle(tests.id('no')) $$, 'PT409', 'invalid_transition', 'once is enough');

-- What waits for nobody keeps none of the others from being decided on.
select tests.be_dba();
select tests.bundle('parts');
select tests.part('parts', 'p1', 'stage', '14:00', '14:10', 'pending');
select tests.part('parts', 'p2', 'stage', '14:10', '14:30', 'pending');
select tests.part('parts', 'p3', 'stage', '14:30', '15:00', 'pending');
select tests.part('parts', 'p4', 'studio', '13:00', '14:00');
select tests.part('parts', 'p5', 'room', '07:00', '08:00');
update booking.reservations set status = 'rejected' where id = tests.id('p2');
update booking.reservations set status = 'checked_in' where id = tests.id('p4');
update booking.reservations set status = 'completed' where id = tests.id('p5');
create function pg_temp.rejected(answer jsonb) returns text language sql security definer as $$
  select string_agg(format('%s %s %s', x.title, r ->> 'code', r #>> '{details,status}'), ', ' order by x.title)
    from jsonb_array_elements(answer -> 'rejected') r join booking.reservations x on x.id::text = r ->> 'reservation_id'
$$;
savepoint parts;
select tests.be('approver');
select is(pg_temp.rejected(api.approve_bundle(tests.id('parts'))), 'p2 invalid_transition rejected', 'approved, but for what was rejected');
select is(tests.stands('parts'), 'p1 confirmed, p2 rejected, p3 confirmed, p4 checked_in, p5 completed', 'what waited is confirmed');
rollback to parts;
select tests.be('approver');
select is(pg_temp.rejected(api.reject_bundle(tests.id('parts'))), 'p4 invalid_transition checked_in, p5 invalid_transition completed', 'rejected, but for what takes or took place');
select is(tests.stands('parts'), 'p1 rejected, p2 rejected, p3 rejected, p4 checked_in, p5 completed', 'what waited is rejected');
select is(pg_temp.rejected(api.approve_bundle(tests.id('asked'))) || tests.stands('asked'), 'j invalid_transition tentativei confirmed, j tentative', 'what nobody has asked for yet is no obstacle');
rollback to parts;
select tests.be_dba();
select is_empty('select * from booking.verify_invariants()', 'all is in order');

select * from finish();
rollback;
