-- api.lift_blackout opens again, before its time perhaps.
begin;
select no_plan();
select tests.world();
select tests.reserve('k', 'desks', '09:00', '10:00');
select tests.close('b', 'room', '09:00', '12:00', reason => 'carpet');
select tests.close('d', 'desks', '08:30', '12:00', 'keep');
select tests.close('over', 'room', '06:00', '08:00');
select tests.close('active', 'room', '08:00', '08:30');
select tests.close('theirs too', 'theirs', '09:00', '10:00');

-- Refusals
create temp table before as select tests.digest();
grant select on before to public;
select throws_ok(format('select tests.be(%L), api.lift_blackout(%s)', who, call), code, slug, format('%s for %s: %s', slug, who, left(call, 60)))
  from (values
    ('member', $$tests.id('b')$$, 'PT403', 'forbidden'), ('approver', $$tests.id('b')$$, 'PT403', 'forbidden'), ('stranger', $$tests.id('b')$$, 'PT404', 'not_found'),
    ('manager', $$tests.id('theirs too')$$, 'PT404', 'not_found'), ('manager', $$tests.id('none')$$, 'PT404', 'not_found'), ('manager', $$null$$, 'PT404', 'not_found'), ('manager', $$tests.id('k')$$, 'PT404', 'not_found'),
    ('manager', $$tests.id('b'), expected_version => 2$$, 'PT409', 'version_conflict'), ('manager', $$tests.id('over')$$, 'PT409', 'invalid_transition'),
    ('manager', $$tests.id('b'), repeat('x', 1001)$$, 'PT400', 'invalid_argument')) as refusals (who, call, code, slug);
select is(tests.digest(), digest, 'nothing of that changed anything') from before;
select tests.be('manager');
select is(tests.details($$ select api.lift_blackout(tests.id('over')) $$), '{"status": "ended"}', 'one that has ended has ended');
select is(tests.details($$ select api.lift_blackout(tests.id('b'), expected_version => 3) $$), '{"version": 1, "expected_version": 3}', 'both versions are told');

-- Open
create temp table made as select * from api.lift_blackout(tests.id('b'), 'dry already', 1);
select is(to_jsonb(made), jsonb_build_object('tenant_id', tests.id('acme'), 'id', tests.id('b'), 'resource_id', tests.id('room'), 'starts_at', tests.at('09:00'), 'ends_at', tests.at('12:00'), 'kind', 'maintenance', 'reason', 'carpet',
    'status', 'lifted', 'on_conflict', 'reject', 'recurrence_id', null, 'created_by', null, 'lifted_at', tests.at('08:00'), 'version', 2, 'created_at', tests.at('08:00'), 'updated_at', tests.at('08:00')), 'it is lifted') from made;
select results_eq('table made', $$ select * from api.blackouts where id = tests.id('b') $$, 'as is then read');
select is(tests.draw('room'), '# 06:00-08:00, # 08:00-08:30', 'its time is free');
select lives_ok($$ select tests.be('member'), api.create_reservation(tests.id('room'), tests.at('09:00'), tests.at('10:00')) $$, 'for anybody, at once');
select is(array[e.type, e.actor_id::text, e.reason, e.previous::text], array['blackout.lifted', tests.id('manager')::text, 'dry already', '{"lifted_at": null}'], 'one event, with the actor and the reason') from tests.last_event('room') e;
select is(cardinality(array_positions(tests.events('room'), 'blackout.lifted')), 1, 'and no second');
select tests.be('manager');
select throws_ok($$ select api.lift_blackout(tests.id('b')) $$, 'PT409', 'invalid_transition', 'once is enough');
select is(tests.details($$ select api.lift_blackout(tests.id('b')) $$), '{"status": "lifted"}', 'as it says');
select is((api.lift_blackout(tests.id('active'))).status, 'lifted', 'one that has begun, too');
select is((tests.last_event('room')).reason, 'works', 'without a reason of its own, for the blackout''s');

-- What was kept
select is((api.lift_blackout(tests.id('d'))).status || tests.draw('desks'), 'liftedk 09:00-10:00', 'whoever was kept stays, on their unit');
select is((api.cancel_reservation(tests.id('k'))).status::text || coalesce(tests.draw('desks'), ''), 'cancelled', 'and leaves nothing behind');

-- One over another
select tests.be_dba();
select tests.close('one', 'studio', '09:00', '11:00');
select tests.close('two', 'studio', '10:00', '12:00');
select tests.be('admin');
select is((api.lift_blackout(tests.id('one'))).status || tests.draw('studio'), 'lifted# 10:00-12:00', 'what another closes as well stays closed');
select throws_ok($$ select api.create_reservation(tests.id('studio'), tests.at('09:00'), tests.at('10:30')) $$, 'PT409', 'blackout', 'by the other');
select is(tests.details($$ select api.create_reservation(tests.id('studio'), tests.at('09:00'), tests.at('10:30')) $$) #>> '{blackout,id}', tests.id('two')::text, 'as it says');

-- Those of one rule
create temp table daily as
select b.* from jsonb_populate_recordset(null::api.blackouts,
  api.create_blackout(array[tests.id('studio'), tests.id('stage')], tests.at('20:00', 10), tests.at('21:00', 10), rrule => 'FREQ=DAILY;COUNT=4') -> 'blackouts') b;
create function pg_temp.daily(resource text) returns text language sql as $$
  select string_agg(b.status, ', ' order by b.starts_at) from api.blackouts b where b.id in (select id from daily) and b.resource_id = tests.id(resource)
$$;
select is((api.lift_blackout((select id from daily where resource_id = tests.id('studio') and starts_at = tests.at('20:00', 11)))).status, 'lifted', 'one of several');
select is(pg_temp.daily('studio') || ' and ' || pg_temp.daily('stage'), 'scheduled, lifted, scheduled, scheduled and scheduled, scheduled, scheduled, scheduled', 'the others stay');
select is((api.lift_blackout((select id from daily where resource_id = tests.id('stage') and starts_at = tests.at('20:00', 12)), scope => 'following')).starts_at, tests.at('20:00', 12), 'from one on');
select is(pg_temp.daily('studio') || ' and ' || pg_temp.daily('stage'), 'scheduled, lifted, lifted, lifted and scheduled, scheduled, lifted, lifted', 'on all resources');
select tests.clock('20:30', 10);
select is((api.lift_blackout((select id from daily where resource_id = tests.id('stage') and starts_at = tests.at('20:00', 11)), scope => 'all')).version, 2, 'all of them');
select is(pg_temp.daily('studio') || ' and ' || pg_temp.daily('stage'), 'lifted, lifted, lifted, lifted and lifted, lifted, lifted, lifted', 'the one that has begun, too');
select is(tests.answer(format('select api.lift_blackout(%L, scope => %L)', id, 'none')) ->> 'message', 'invalid_argument', 'no other scope') from daily limit 1;
select tests.be_dba();
select is(count(*), 8::bigint, 'one event each') from booking.events where type = 'blackout.lifted' and subject ->> 'id' in (select id::text from daily);
select is_empty('select * from booking.verify_invariants()', 'all is in order');

select * from finish();
rollback;
