-- api.approve_bundle and api.reject_bundle: an approver decides on all that is pending in a bundle, as one.
begin;
select no_plan();
select tests.world();
create function pg_temp.bundle(name text, owner text default 'member') returns void language sql security definer
as $$ insert into booking.bundles (tenant_id, id, title, owner_id) values (tests.id('acme'), tests.id(bundle.name), bundle.name, tests.id(owner)) $$;
-- A DBA's insert of one of its reservations.
create function pg_temp.part(bundle text, name text, resource text, starts text, ends text, status booking.reservation_status default 'confirmed', expires text default null) returns void language sql security definer
as $$
  insert into booking.reservations (tenant_id, id, resource_id, starts_at, ends_at, status, owner_id, title, bundle_id, expires_at)
  select tenant_id, tests.id(part.name), tests.id(resource), tests.at(starts), tests.at(ends), status, owner_id, part.name, id, tests.at(expires)
    from booking.bundles where id = tests.id(bundle)
$$;
-- How far each has come.
create function pg_temp.stands(bundle text) returns text language sql security definer
as $$ select string_agg(title || ' ' || status, ', ' order by title) from booking.reservations where bundle_id = tests.id(bundle) $$;

select pg_temp.bundle('u');
select pg_temp.part('u', 'a', 'stage', '09:00', '10:00', 'pending');
select pg_temp.part('u', 'b', 'stage', '11:00', '12:00', 'pending');
select pg_temp.part('u', 'c', 'room', '09:00', '12:00');
select pg_temp.bundle('gone');
select pg_temp.part('gone', 'd', 'stage', '13:00', '14:00', 'pending');
select pg_temp.part('gone', 'e', 'stage', '15:00', '16:00', 'pending');
select tests.reserve('rival', 'stage', '15:30', '16:00', owner => 'colleague');
select pg_temp.bundle('no');
select pg_temp.part('no', 'f', 'stage', '17:00', '18:00', 'pending');
select pg_temp.part('no', 'g', 'stage', '18:00', '19:00', 'pending');
select pg_temp.part('no', 'h', 'room', '17:00', '18:00');
select pg_temp.bundle('asked');
select pg_temp.part('asked', 'i', 'stage', '20:00', '21:00', 'pending');
select pg_temp.part('asked', 'j', 'room', '20:00', '21:00', 'tentative');
select pg_temp.bundle('firm');
select pg_temp.part('firm', 'k', 'studio', '09:00', '10:00');
select pg_temp.bundle('own', 'approver');
select pg_temp.part('own', 'l', 'stage', '22:00', '23:00', 'pending');

create temp table before as select tests.digest();
grant select on before to public;
select throws_ok(format('select tests.be(%L), api.%s_bundle(%s)', who, action, call), code, slug, format('%s for %s to %s: %s', slug, who, action, left(call, 60)))
  from unnest('{approve, reject}'::text[]) action,
       (values
    ('member', $$tests.id('u')$$, 'PT403', 'forbidden'), ('colleague', $$tests.id('u')$$, 'PT404', 'not_found'), ('stranger', $$tests.id('u')$$, 'PT404', 'not_found'),
    ('approver', $$tests.id('none')$$, 'PT404', 'not_found'), ('approver', $$tests.id('firm')$$, 'PT409', 'invalid_transition'), ('member', $$tests.id('firm')$$, 'PT409', 'invalid_transition'),
    ('approver', $$tests.id('asked')$$, 'PT409', 'invalid_transition'), ('approver', $$tests.id('u'), repeat('x', 1001)$$, 'PT400', 'invalid_argument')) as refusals (who, call, code, slug);
select throws_ok($$ select tests.be('approver'), api.approve_bundle(tests.id('gone')) $$, 'PT409', 'slot_taken', 'where one slot has gone, none is approved');
select is(tests.digest(), digest, 'nothing of that changed anything: all stay pending, with no event') from before;

select tests.be('approver');
select is(array(select r ->> 'status' from jsonb_array_elements(api.approve_bundle(tests.id('u'), 'fine') -> 'reservations') r), '{confirmed, confirmed, confirmed}', 'all that was pending is confirmed');
select is(tests.claims('a') || tests.claims('b'), '{stage 1 09:00-10:00, stage 1 11:00-12:00}', 'and takes its time');
select is(array[(tests.reservation('a')).version, (tests.reservation('b')).version, (tests.reservation('c')).version], '{2, 2, 1}', 'what was so before is as it was');
select is(array[e.type, e.actor_id::text, e.reason], array['reservation.confirmed', tests.id('approver')::text, 'fine'], 'one event each, with the actor and the note: ' || name) from unnest('{a, b}'::text[]) name, tests.last_event(name) e;
select throws_ok($$ select api.approve_bundle(tests.id('u')) $$, 'PT409', 'invalid_transition', 'once is enough');
select is(api.approve_bundle(tests.id('own')) ->> 'bundle_id' || pg_temp.stands('own'), tests.id('own') || 'l confirmed', 'an approver''s own, too');

-- Half of it
select tests.be_dba();
update booking.reservations set status = 'cancelled' where id = tests.id('e');
select tests.be('approver');
select is(api.approve_bundle(tests.id('gone')) ->> 'bundle_id' || pg_temp.stands('gone'), tests.id('gone') || 'd confirmed, e cancelled', 'without the one that could not be had');

-- Turned down
select is(array(select r ->> 'status_reason' from jsonb_array_elements(api.reject_bundle(tests.id('no'), 'too loud') -> 'reservations') r where r ->> 'status' = 'rejected'), '{too loud, too loud}', 'all that is pending is rejected, and told why');
select is(pg_temp.stands('no'), 'f rejected, g rejected, h confirmed', 'what needs no approval stays');
select is(tests.events('f'), '{reservation.submitted, reservation.rejected}', 'one event each');
select throws_ok($$ select api.reject_bundle(tests.id('no')) $$, 'PT409', 'invalid_transition', 'once is enough');
select tests.be_dba();
select is_empty('select * from booking.verify_invariants()', 'all is in order');

select * from finish();
rollback;
