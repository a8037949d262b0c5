-- Blackouts take time like reservations, in the same constraint, on every unit, whoever writes.
begin;
select no_plan();
select tests.world();

-- A DBA in psql
select tests.close('b1', 'room', '09:00', '12:00');
select is(tests.claims('b1'), '{room 1 09:00-12:00}', 'an insert takes its time');
select throws_ok($$ select tests.reserve('a', 'room', '11:00', '13:00') $$, 'PT409', 'blackout', 'which a DBA cannot book');
select tests.reserve('a', 'room', '12:00', '13:00');
select is(array[e.type, e.actor_id::text, e.reason, e.previous::text, e.reservation_id::text], '{blackout.created, null, works, "{}", null}', 'one event, by nobody with a token') from tests.last_event('room') e;
select is(booking.event_data(tests.last_event('room')) -> 'blackout', to_jsonb(b), 'with the whole row') from booking.blackouts b;
select is(tests.details($$ select tests.close('c', 'room', '11:00', '12:30') $$), jsonb_build_object('conflicts', jsonb_build_array(jsonb_build_object(
    'resource_id', tests.id('room'), 'starts_at', tests.at('12:00'), 'ends_at', tests.at('13:00'), 'kind', 'reservation', 'reservation_id', tests.id('a'), 'title', 'a'))), 'a reservation in the way refuses it');
update booking.blackouts set starts_at = tests.at('10:00'), ends_at = tests.at('11:00') where id = tests.id('b1');
select is(tests.claims('b1'), '{room 1 10:00-11:00}', 'an update moves it');
select is(array[e.type, e.previous::text], array['blackout.rescheduled', jsonb_build_object('starts_at', tests.at('09:00'), 'ends_at', tests.at('12:00'))::text], 'and tells what was before') from tests.last_event('room') e;
select throws_ok($$ update booking.blackouts set ends_at = tests.at('12:30') where id = tests.id('b1') $$, 'PT409', 'slot_taken', 'but not over a reservation');
select is(tests.claims('b1'), '{room 1 10:00-11:00}', 'and then it keeps what it had');
select is(b.version, 2, 'every change raises the version') from booking.blackouts b;
update booking.blackouts set lifted_at = booking.now() where id = tests.id('b1');
select is(tests.claims('b1')::text || (tests.last_event('room')).type, '{}blackout.lifted', 'lifted, it has no time');
select tests.reserve('a2', 'room', '10:00', '11:00');
delete from booking.blackouts where id = tests.id('b1');
select is((tests.last_event('room')).type, 'blackout.lifted', 'deleting it then is no news');
select is(cardinality(array_positions(tests.events('room'), 'blackout.lifted')), 1, 'so it is told once');
select tests.close('b2', 'room', '14:00', '15:00');
delete from booking.blackouts where id = tests.id('b2');
select is(array[e.type, e.reason], '{blackout.lifted, deleted}', 'deleted outright, it was lifted') from tests.last_event('room') e;
select tests.reserve('a3', 'room', '14:00', '15:00');
select tests.close('b', 'room', '15:00', '16:00');
set local booking.reason = 'the boss said so';
update booking.blackouts set ends_at = tests.at('17:00') where id = tests.id('b');
select is((tests.last_event('room')).reason, 'the boss said so', 'a reason can be given');
set local booking.reason = '';
select throws_ok(statement, code, slug, coalesce(slug, code) || ':' || statement)
  from (values
    ($$ update booking.blackouts set id = gen_random_uuid() where id = tests.id('b') $$, 'PT400', 'invalid_argument'),
    ($$ update booking.blackouts set resource_id = tests.id('studio') where id = tests.id('b') $$, 'PT400', 'invalid_argument'),
    ($$ update booking.blackouts set tenant_id = tests.id('globex'), resource_id = tests.id('theirs') where id = tests.id('b') $$, 'PT400', 'invalid_argument'),
    ($$ select tests.close('x', 'room', '20:00', '20:00') $$, '23514', null),
    ($$ select tests.close('x', 'room', '20:00', '19:00') $$, '23514', null),
    ($$ update booking.blackouts set ends_at = 'infinity' where id = tests.id('b') $$, '23514', null),
    ($$ update booking.blackouts set kind = 'Big clean' where id = tests.id('b') $$, '23514', null),
    ($$ update booking.blackouts set on_conflict = 'ignore' where id = tests.id('b') $$, '23514', null),
    ($$ insert into booking.blackouts (tenant_id, resource_id, starts_at, ends_at) values (tests.id('globex'), tests.id('room'), tests.at('20:00'), tests.at('21:00')) $$, '23503', null),
    ($$ delete from booking.claims where source_id = tests.id('b') $$, '55000', null)) as refusals (statement, code, slug);
select is(tests.answer('truncate booking.blackouts') ->> 'code', '55000', 'nor are they truncated, from under their claims');
select is_empty('select * from booking.verify_invariants()', 'all is in order');

-- Several at once, on several resources
insert into booking.blackouts (tenant_id, resource_id, starts_at, ends_at, on_conflict)
select tests.id('acme'), tests.id(resource), tests.at('09:00'), tests.at('10:00'), on_conflict
  from (values ('studio', 'reject'), ('stage', 'cancel'), ('desks', 'keep'), ('studio', 'keep')) as b (resource, on_conflict);
select is(tests.draw('studio') || ' and ' || tests.draw('stage') || ' and ' || tests.draw('desks'),
  '# 09:00-10:00, # 09:00-10:00 and # 09:00-10:00 and # 09:00-10:00 | # 09:00-10:00 | # 09:00-10:00', 'one statement may close them all');
update booking.blackouts set starts_at = starts_at + interval '1 hour', ends_at = ends_at + interval '1 hour' where starts_at = tests.at('09:00');
select is(tests.draw('studio') || ' and ' || tests.draw('stage'), '# 10:00-11:00, # 10:00-11:00 and # 10:00-11:00', 'or move them');
delete from booking.blackouts where starts_at = tests.at('10:00');
select is(tests.draw('studio') || tests.draw('stage') || tests.draw('desks'), null, 'or remove them');
select throws_ok($$ insert into booking.blackouts (tenant_id, resource_id, starts_at, ends_at) select tests.id('acme'), tests.id(r), tests.at('12:00'), tests.at('13:00') from unnest('{studio, room, stage}'::text[]) r $$,
  'PT409', 'slot_taken', 'all of them');
select is(tests.draw('studio'), null, 'or none');

-- Over each other
select tests.close('o1', 'studio', '09:00', '12:00', reason => 'one');
select tests.close('o2', 'studio', '11:00', '14:00', reason => 'two');
select is(tests.claims('o1') || tests.claims('o2'), '{studio 1 09:00-12:00, studio 1 11:00-14:00}', 'blackouts overlap each other');
update booking.blackouts set lifted_at = booking.now() where id = tests.id('o1');
select throws_ok($$ select tests.reserve('s', 'studio', '11:30', '12:00') $$, 'PT409', 'blackout', 'where one is lifted the other still stands');
select tests.reserve('s', 'studio', '10:30', '11:00');
select tests.close('o3', 'studio', '09:00', '15:00', 'keep', 'three');
select is(tests.claims('o3'), '{studio 1 09:00-10:30, studio 1 11:00-15:00}', 'a third one keeps what the others let in');
select tests.close('o4', 'studio', '10:00', '10:45', 'cancel', 'four');
select is(tests.claims('o3') || tests.claims('o4'), '{studio 1 09:00-10:30, studio 1 10:30-11:00, studio 1 11:00-15:00, studio 1 10:00-10:45}', 'what a fourth one cancels falls to both');
select is(array[r.status::text, r.status_reason], '{cancelled, four}', 'for the reason of the one that did it') from tests.reservation('s') r;
select is_empty('select * from booking.verify_invariants()', 'all is in order');
delete from booking.blackouts where resource_id = tests.id('studio');

-- Those that are kept, and what they give up
select tests.reserve('k', 'studio', '09:00', '12:00');
select tests.close('kept', 'studio', '08:30', '18:00', 'keep');
create function pg_temp.studio_after(change text) returns text language plpgsql
as $$
declare
  v_result text;
begin
  begin
    execute change;
    v_result := tests.draw('studio');
  exception
    when others then v_result := sqlerrm;
  end;
  if exists (select from booking.verify_invariants()) then
    v_result := 'broken: ' || v_result;
  end if;
  raise exception using errcode = 'TT000';
exception
  when sqlstate 'TT000' then return v_result;
end
$$;
select is(pg_temp.studio_after(change), studio, format('%s after %s', studio, change))
  from (values
    ('select', '# 08:30-09:00, k 09:00-12:00, # 12:00-18:00'),
    ($$ update booking.reservations set title = 'k too' where id = tests.id('k') $$, '# 08:30-09:00, k too 09:00-12:00, # 12:00-18:00'),
    ($$ update booking.reservations set status = 'cancelled' where id = tests.id('k') $$, '# 08:30-18:00'),
    ($$ update booking.reservations set status = 'completed' where id = tests.id('k') $$, '# 08:30-18:00'),
    ($$ update booking.reservations set status = 'checked_in' where id = tests.id('k') $$, '# 08:30-09:00, k 09:00-12:00, # 12:00-18:00'),
    ($$ delete from booking.reservations where id = tests.id('k') $$, '# 08:30-18:00'),
    -- What it lets go of is the blackout's, and does not come back.
    ($$ update booking.reservations set ends_at = tests.at('10:00') where id = tests.id('k') $$, '# 08:30-09:00, k 09:00-10:00, # 10:00-18:00'),
    ($$ update booking.reservations set starts_at = tests.at('10:00'), ends_at = tests.at('11:00') where id = tests.id('k') $$, '# 08:30-10:00, k 10:00-11:00, # 11:00-18:00'),
    ($$ update booking.reservations set starts_at = tests.at('10:00') where id = tests.id('k'); update booking.reservations set starts_at = tests.at('09:00') where id = tests.id('k') $$, 'blackout'),
    ($$ update booking.reservations set ends_at = tests.at('13:00') where id = tests.id('k') $$, 'blackout'),
    ($$ update booking.reservations set starts_at = tests.at('12:00'), ends_at = tests.at('13:00') where id = tests.id('k') $$, 'blackout'),
    ($$ update booking.reservations set starts_at = tests.at('18:00'), ends_at = tests.at('19:00') where id = tests.id('k') $$, '# 08:30-18:00, k 18:00-19:00'),
    ($$ update booking.reservations set resource_id = tests.id('stage') where id = tests.id('k') $$, '# 08:30-18:00'),
    -- A blackout that goes, or moves, leaves it alone.
    ($$ update booking.blackouts set lifted_at = booking.now() where id = tests.id('kept') $$, 'k 09:00-12:00'),
    ($$ update booking.blackouts set lifted_at = booking.now() where id = tests.id('kept'); update booking.reservations set status = 'cancelled' where id = tests.id('k') $$, null),
    ($$ delete from booking.blackouts where id = tests.id('kept') $$, 'k 09:00-12:00'),
    ($$ update booking.blackouts set starts_at = tests.at('11:00') where id = tests.id('kept') $$, 'k 09:00-12:00, # 12:00-18:00'),
    ($$ update booking.blackouts set starts_at = tests.at('11:00') where id = tests.id('kept'); update booking.reservations set status = 'cancelled' where id = tests.id('k') $$, '# 11:00-18:00'),
    ($$ update booking.blackouts set starts_at = tests.at('08:45') where id = tests.id('kept') $$, '# 08:45-09:00, k 09:00-12:00, # 12:00-18:00'),
    ($$ update booking.blackouts set reason = 'more works' where id = tests.id('kept') $$, '# 08:30-09:00, k 09:00-12:00, # 12:00-18:00'),
    ($$ delete from booking.blackouts where id = tests.id('kept'); select tests.close('kept', 'studio', '08:00', '09:00') $$, '# 08:00-09:00, k 09:00-12:00'),
    -- It may think better of it.
    ($$ update booking.blackouts set on_conflict = 'cancel' where id = tests.id('kept') $$, '# 08:30-18:00'),
    ($$ update booking.blackouts set on_conflict = 'reject' where id = tests.id('kept') $$, 'slot_taken'),
    -- The resource changes around them.
    ($$ update booking.resources set capacity = 2 where id = tests.id('studio') $$, '# 08:30-09:00, k 09:00-12:00, # 12:00-18:00 | # 08:30-18:00'),
    ($$ update booking.resources set capacity = 2 where id = tests.id('studio'); update booking.resources set capacity = 1 where id = tests.id('studio') $$, '# 08:30-09:00, k 09:00-12:00, # 12:00-18:00'),
    ($$ update booking.resources set blocking_statuses = '{confirmed, checked_in}' where id = tests.id('studio') $$, '# 08:30-09:00, k 09:00-12:00, # 12:00-18:00'),
    ($$ select tests.reserve('t', 'studio', '18:00', '19:00', 'tentative'); update booking.blackouts set ends_at = tests.at('19:00') where id = tests.id('kept');
        update booking.resources set blocking_statuses = blocking_statuses || '{tentative}' where id = tests.id('studio') $$, 'capacity_in_use'),
    ($$ select tests.reserve('t', 'studio', '18:00', '19:00', 'tentative'); update booking.resources set blocking_statuses = blocking_statuses || '{tentative}' where id = tests.id('studio') $$,
     '# 08:30-09:00, k 09:00-12:00, # 12:00-18:00, t 18:00-19:00'),
    -- Two of them
    ($$ select tests.reserve('k2', 'studio', '18:00', '19:00'); update booking.blackouts set ends_at = tests.at('20:00') where id = tests.id('kept') $$, '# 08:30-09:00, k 09:00-12:00, # 12:00-18:00, k2 18:00-19:00, # 19:00-20:00'),
    ($$ select tests.reserve('k2', 'studio', '18:00', '19:00'); update booking.blackouts set ends_at = tests.at('20:00') where id = tests.id('kept');
        update booking.reservations r set starts_at = o.starts_at, ends_at = o.ends_at from booking.reservations o where (r.id, o.id) in ((tests.id('k'), tests.id('k2')), (tests.id('k2'), tests.id('k'))) $$,
     '# 08:30-09:00, k2 09:00-12:00, # 12:00-18:00, k 18:00-19:00, # 19:00-20:00'),
    ($$ select tests.reserve('k2', 'studio', '18:00', '19:00'); update booking.blackouts set ends_at = tests.at('20:00') where id = tests.id('kept'); update booking.reservations set status = 'cancelled' where resource_id = tests.id('studio') $$,
     '# 08:30-20:00')) as changes (change, studio);

-- The check knows what one that is kept may do.
create temp table moves as
select format('tests.at(%L), tests.at(%L)', starts, ends) as times, format('%s-%s', starts, ends) as title, slug
  from (values ('09:00', '12:00', null), ('10:00', '11:00', null), ('09:00', '12:01', 'blackout'), ('08:45', '12:00', 'blackout'), ('12:00', '13:00', 'blackout'), ('17:30', '18:30', 'blackout'), ('18:00', '19:00', null), ('08:00', '08:30', null)) as m (starts, ends, slug);
grant select on moves to public;
select tests.be('member');
select is(array[tests.answer(format('select api.check_reservation_conflict(tests.id(''studio''), %s, exclude_reservation_id => tests.id(''k''))', times)) ->> 'message', tests.answer(format('select api.reschedule_reservation(tests.id(''k''), %s)', times)) ->> 'message'],
  array[slug, slug], format('to %s: %s, says the check, and so it is', title, coalesce(slug, 'moved'))) from moves;
select tests.be_dba();
select isnt(pg_temp.studio_after($$ insert into booking.blackouts (tenant_id, resource_id, starts_at, ends_at, version) values (tests.id('acme'), tests.id('studio'), tests.at('19:00'), tests.at('20:00'), 7) $$),
  'broken: # 08:30-09:00, k 09:00-12:00, # 12:00-18:00, # 19:00-20:00', 'nobody begins at version 7');

-- Held ones that are kept
select tests.reserve('h', 'stage', '09:00', '10:00', 'held');
select tests.reserve('pc', 'stage', '10:00', '11:00', 'pencilled');
select tests.reserve('late', 'stage', '11:30', '13:00', 'held', expires => '08:40');
select tests.close('hb', 'stage', '08:30', '12:00', 'keep');
select tests.rule('stage', '{"allow_preemption": true, "max_priority": 9, "no_show_grace": "10 minutes"}');
update booking.resources set requires_approval = false where id = tests.id('stage');
select is(tests.draw('stage'), '# 08:30-09:00, h 09:00-10:00, pc 10:00-11:00, # 11:00-11:30, late 11:30-13:00', 'a hold may be kept');
select tests.be('colleague');
create function pg_temp.both(arguments text) returns text[] language sql
as $$ select array[tests.answer('select api.check_reservation_conflict(' || arguments || ')') ->> 'message', tests.answer('select api.create_reservation(' || arguments || ')') ->> 'message'] $$;
select is(pg_temp.both(format('tests.id(''stage''), tests.at(%L), tests.at(%L), priority => %s', starts, ends, priority)), array[slug, slug], format('%s-%s, priority %s: %s, says the check, and so it is', starts, ends, priority, coalesce(slug, 'booked')))
  from (values ('09:00', '10:00', 0, 'blackout'), ('09:00', '10:00', 5, 'blackout'), ('10:00', '11:00', 5, 'blackout'), ('11:30', '12:00', 5, 'blackout'), ('11:30', '12:30', 5, 'blackout'),
               ('12:00', '12:30', 0, 'slot_taken'), ('12:00', '12:30', 5, null)) as asked (starts, ends, priority, slug);
select is(array[r.title::text, tests.draw('stage')], '{vip, "# 08:30-09:00, h 09:00-10:00, pc 10:00-11:00, # 11:00-12:00, vip 12:00-12:30"}', 'what is displaced falls to the blackout where it stood in one')
  from api.create_reservation(tests.id('stage'), tests.at('12:00'), tests.at('12:30'), priority => 5, title => 'vip') r;
select tests.be('member');
select is((api.extend_hold(tests.id('h'))).expires_at::text || tests.draw('stage'), tests.at('08:30') || '# 08:30-09:00, h 09:00-10:00, pc 10:00-11:00, # 11:00-12:00, vip 12:00-12:30', 'a hold that is kept can be extended');
select tests.clock('08:30');
select is(pg_temp.both($$ tests.id('stage'), tests.at('09:00'), tests.at('10:00') $$), '{blackout, blackout}', 'when it has expired its time is the blackout''s at once, says the check, and so it is');
select tests.be_dba();
select set_eq('select event_type, changes from booking.sweep()', $$ values ('reservation.expired', 1::bigint) $$, 'the sweep makes it so');
select is(tests.draw('stage'), '# 08:30-10:00, pc 10:00-11:00, # 11:00-12:00, vip 12:00-12:30', 'for good');
select tests.be('member');
select is((api.confirm_reservation(tests.id('pc'))).status::text, 'confirmed', 'what was kept can be confirmed');
select tests.be_dba();
select tests.clock('10:10');
select set_eq('select event_type, changes from booking.sweep()', $$ values ('reservation.no_show', 1::bigint) $$, 'and be a no-show');
select is(tests.draw('stage'), '# 08:30-12:00, vip 12:00-12:30', 'whose time falls to the blackout, too');
select is_empty('select * from booking.verify_invariants()', 'all is in order');

-- A pool
select tests.clock('08:00');
select tests.reserve('d', 'desks', '09:00', '10:00', units => 2);
select tests.close('db', 'desks', '09:00', '10:00', 'keep');
select is(tests.draw('desks'), 'd 09:00-10:00 | d 09:00-10:00 | # 09:00-10:00', 'of a pool it takes every unit that is left');
select throws_ok($$ update booking.reservations set units = 3 where id = tests.id('d') $$, 'PT409', 'blackout', 'none is left for those who stay');
update booking.reservations set units = 1 where id = tests.id('d');
select is(tests.draw('desks'), 'd 09:00-10:00 | # 09:00-10:00 | # 09:00-10:00', 'what they give back is closed');
select is(count(*), 2::bigint, 'the calendar shows unit by unit') from api.calendar where blackout_id = tests.id('db');

-- Its life, by the clock
select tests.close('life', 'room', '20:00', '21:00');
create function pg_temp.status_at(clock text) returns text language plpgsql
as $$
begin
  perform tests.clock(clock);
  return (select status from api.blackouts where id = tests.id('life'));
end
$$;
select is(pg_temp.status_at(clock), status, format('at %s it is %s', clock, status))
  from (values ('19:59:59.999999', 'scheduled'), ('20:00', 'active'), ('20:59:59.999999', 'active'), ('21:00', 'ended'), ('20:30', 'active')) as life (clock, status);
update booking.blackouts set lifted_at = booking.now() where id = tests.id('life');
select is(pg_temp.status_at(clock), 'lifted', 'lifted it is at any time: ' || clock) from unnest('{19:00, 20:30, 22:00}'::text[]) clock;
select tests.clock('08:00');

-- Nobody but managers writes them, and nobody by hand.
select tests.be('admin');
select throws_ok(statement, '42501', null, 'refused:' || statement)
  from (values ($$ update api.blackouts set reason = 'x' $$), ($$ delete from api.blackouts $$),
               ($$ insert into api.blackouts (tenant_id, resource_id, starts_at, ends_at) values (tests.id('acme'), tests.id('room'), tests.at('22:00'), tests.at('23:00')) $$),
               ($$ update booking.blackouts set reason = 'x' $$)) as statements (statement);
select throws_ok($$ delete from api.resources where id = tests.id('studio') $$, 'PT409', 'capacity_in_use', 'a resource with blackouts is in use');
select tests.be('stranger');
select is_empty('select * from api.blackouts', 'nobody else sees them');

-- What verify_invariants() finds
select tests.be_dba();
select is_empty('select * from booking.verify_invariants()', 'all is in order');
select tests.close('v1', 'room', '21:00', '23:00');
select tests.close('v2', 'room', '22:00', '23:00');
create function pg_temp.violations(fault text) returns text[] language plpgsql
as $$
declare v_found text[];
begin
  set local session_replication_role = replica;
  alter table booking.claims drop constraint claims_never_overlap;
  execute fault;
  select coalesce(array_agg(invariant || ' ' || n.name order by invariant, n.name), '{}') into v_found
    from booking.verify_invariants() v
    left join unnest('{b,kept,k,db,v1,v2}'::text[]) n (name) on tests.id(n.name) = v.subject_id;
  raise exception using errcode = 'TT000';
exception
  when sqlstate 'TT000' then return v_found;
end
$$;
select is(pg_temp.violations(fault), found::text[], found || ' after:' || fault)
  from (values
    ('select', '{}'),
    -- 1: what it claims is nobody else's.
    ($$ update booking.claims set during = tstzrange(tests.at('08:30'), tests.at('10:00')) where source_id = tests.id('kept') and lower(during) = tests.at('08:30') $$, '{1 k}'),
    -- 2: all of its time is taken, and nothing else.
    ($$ delete from booking.claims where source_id = tests.id('b') $$, '{2 b}'),
    ($$ delete from booking.claims where source_id = tests.id('kept') and lower(during) = tests.at('12:00') $$, '{2 kept}'),
    ($$ update booking.claims set during = tstzrange(tests.at('15:00'), tests.at('16:59')) where source_id = tests.id('b') $$, '{2 b}'),
    ($$ update booking.claims set during = tstzrange(tests.at('15:00'), tests.at('17:01')) where source_id = tests.id('b') $$, '{2 b}'),
    ($$ delete from booking.claims where source_id = tests.id('db') and unit = 3 $$, '{2 db}'),
    ($$ update booking.claims set unit = 4 where source_id = tests.id('db') and unit = 3 $$, '{2 db}'),
    ($$ update booking.claims set claimant = source_id where source_id = tests.id('b') $$, '{2 b}'),
    ($$ update booking.claims set expires_at = tests.at('12:00') where source_id = tests.id('b') $$, '{2 b}'),
    ($$ update booking.resources set capacity = 4 where id = tests.id('desks') $$, '{2 db}'),
    ($$ update booking.blackouts set lifted_at = booking.now() where id = tests.id('b') $$, '{2 b}'),
    ($$ delete from booking.blackouts where id = tests.id('b') $$, '{2 b}'),
    -- Each on its own: the other one may be lifted.
    ($$ delete from booking.claims where source_id = tests.id('v2') $$, '{2 v2}'),
    -- 4: one change, one event.
    ($$ delete from booking.events where type = 'blackout.created' and subject ->> 'id' = tests.id('kept')::text $$, '{4 kept}'),
    ($$ update booking.blackouts set version = 2 where id = tests.id('kept') $$, '{4 kept}'),
    ($$ insert into booking.events (tenant_id, type, resource_id, subject) select tenant_id, type, resource_id, subject from booking.events where subject ->> 'id' = tests.id('kept')::text $$, '{4 kept}')
  ) as faults (fault, found);
select is_empty('select * from booking.verify_invariants()', 'each fault is gone again');

select * from finish();
rollback;
