-- api.lift_blackout opens again, before its time perhaps.
begin;
select no_plan();
select tests.world();
-- A resource as it is taken, unit by unit: # is a blackout, whose pieces count as one.
create function pg_temp.draw(resource text) returns text language sql security definer
as $$
  select string_agg(taken, ' | ' order by unit)
    from (select unit, string_agg(format('%s %s-%s', title, to_char(lower(piece), 'HH24:MI'), to_char(upper(piece), 'HH24:MI')), ', ' order by piece, title) as taken
            from (select c.unit, coalesce(r.title, '#') as title, unnest(range_agg(c.during)) as piece
                    from booking.claims c
                    left join booking.reservations r on r.tenant_id = c.tenant_id and r.id = c.source_id
                   where c.resource_id = tests.id(resource)
                   group by c.unit, c.source_id, r.title) p
           group by unit) u
$$;
-- A DBA's insert.
create function pg_temp.close(name text, resource text, starts text, ends text, on_conflict text default 'reject', reason text default 'works') returns void language sql security definer
as $$
  insert into booking.blackouts (tenant_id, id, resource_id, starts_at, ends_at, on_conflict, reason)
  select tenant_id, tests.id(close.name), id, tests.at(starts), tests.at(ends), close.on_conflict, close.reason from booking.resources where id = tests.id(resource)
$$;
select tests.reserve('k', 'desks', '09:00', '10:00');
select pg_temp.close('b', 'room', '09:00', '12:00', reason => 'carpet');
select pg_temp.close('d', 'desks', '08:30', '12:00', 'keep');
select pg_temp.close('over', 'room', '06:00', '08:00');
select pg_temp.close('active', 'room', '08:00', '08:30');
select pg_temp.close('theirs too', 'theirs', '09:00', '10:00');

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
    'status', 'lifted', 'on_conflict', 'reject', 'created_by', null, 'lifted_at', tests.at('08:00'), 'version', 2, 'created_at', tests.at('08:00'), 'updated_at', tests.at('08:00')), 'it is lifted') from made;
select results_eq('table made', $$ select * from api.blackouts where id = tests.id('b') $$, 'as is then read');
select is(pg_temp.draw('room'), '# 06:00-08:00, # 08:00-08:30', 'its time is free');
select lives_ok($$ select tests.be('member'), api.create_reservation(tests.id('room'), tests.at('09:00'), tests.at('10:00')) $$, 'for anybody, at once');
select is(array[e.type, e.actor_id::text, e.reason, e.previous::text], array['blackout.lifted', tests.id('manager')::text, 'dry already', '{"lifted_at": null}'], 'one event, with the actor and the reason') from tests.last_event('room') e;
select is(cardinality(array_positions(tests.events('room'), 'blackout.lifted')), 1, 'and no second');
select tests.be('manager');
select throws_ok($$ select api.lift_blackout(tests.id('b')) $$, 'PT409', 'invalid_transition', 'once is enough');
select is(tests.details($$ select api.lift_blackout(tests.id('b')) $$), '{"status": "lifted"}', 'as it says');
select is((api.lift_blackout(tests.id('active'))).status, 'lifted', 'one that has begun, too');
select is((tests.last_event('room')).reason, 'works', 'without a reason of its own, for the blackout''s');

-- What was kept
select is((api.lift_blackout(tests.id('d'))).status || pg_temp.draw('desks'), 'liftedk 09:00-10:00', 'whoever was kept stays, on their unit');
select is((api.cancel_reservation(tests.id('k'))).status::text || coalesce(pg_temp.draw('desks'), ''), 'cancelled', 'and leaves nothing behind');

-- One over another
select tests.be_dba();
select pg_temp.close('one', 'studio', '09:00', '11:00');
select pg_temp.close('two', 'studio', '10:00', '12:00');
select tests.be('admin');
select is((api.lift_blackout(tests.id('one'))).status || pg_temp.draw('studio'), 'lifted# 10:00-12:00', 'what another closes as well stays closed');
select throws_ok($$ select api.create_reservation(tests.id('studio'), tests.at('09:00'), tests.at('10:30')) $$, 'PT409', 'blackout', 'by the other');
select is(tests.details($$ select api.create_reservation(tests.id('studio'), tests.at('09:00'), tests.at('10:30')) $$) #>> '{blackout,id}', tests.id('two')::text, 'as it says');
select tests.be_dba();
select is_empty('select * from booking.verify_invariants()', 'all is in order');

select * from finish();
rollback;
