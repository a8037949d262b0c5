-- api.join_waitlist: a place in the queue for time that others have; who waits sees it.
begin;
select no_plan();
select tests.world();
select tests.reserve('taken', 'room', '09:00', '17:00', owner => 'approver');
select tests.reserve('all desks', 'desks', '09:00', '17:00', owner => 'approver', units => 3);

select tests.be('member');
create temp table made as
select * from api.join_waitlist(tests.id('room'), tests.at('10:00'), tests.at('11:00'), title => 'Rehearsal', id => tests.id('w'));
select is(to_jsonb(made), jsonb_build_object('id', tests.id('w'), 'tenant_id', tests.id('acme'), 'resource_id', tests.id('room'), 'owner_id', tests.id('member'), 'starts_at', tests.at('10:00'), 'ends_at', tests.at('11:00'), 'duration', null,
  'units', 1, 'priority', 0, 'title', 'Rehearsal', 'status', 'waiting', 'position', 1, 'offered_reservation_id', null, 'offer_expires_at', null, 'expires_at', tests.at('11:00'), 'version', 1, 'created_at', tests.at('08:00'), 'updated_at', tests.at('08:00')),
  'the entry, waiting until the end of the range') from made;
select results_eq('table made', 'select * from api.waitlist_entries', 'which is what they then read');
select tests.be_dba();
select results_eq($$ select e.type, e.actor_id, e.owner_id, e.resource_id, e.subject ->> 'id', e.subject ->> 'title', e.subject ? 'turn' from booking.events e where e.type like 'waitlist.%' $$,
  $$ values ('waitlist.joined', tests.id('member'), tests.id('member'), tests.id('room'), tests.id('w')::text, 'Rehearsal', false) $$, 'one event, which tells it');
select is(tests.claims('w'), '{}', 'to wait takes no time');

-- Places
create function pg_temp.join(who text, name text, more text default '', resource text default 'room', starts text default '10:00', ends text default '11:00') returns text language plpgsql as $$
declare v_entry api.waitlist_entries;
begin
  perform tests.be(who);
  execute format('select * from api.join_waitlist(tests.id(%L), tests.at(%L), tests.at(%L), id => tests.id(%L)%s)', resource, starts, ends, name, more) into v_entry;
  return v_entry.status || coalesce(' ' || v_entry.position, '');
end $$;
-- "w 3, far 1": each entry that they see, with its place.
create function pg_temp.places(who text) returns text language plpgsql as $$
begin
  perform tests.be(who);
  return (select string_agg(format('%s %s', n, position), ', ' order by starts_at, created_at, position, n) from api.waitlist_entries join unnest('{w,c,m,a,far,other,d}'::text[]) n on id = tests.id(n));
end $$;
select is(pg_temp.join('colleague', 'c'), 'waiting 2', 'who joins later is behind');
select is(pg_temp.join('manager', 'm', ', priority => 5'), 'waiting 1', 'a higher priority before');
select is(pg_temp.join('approver', 'a', ', priority => 5'), 'waiting 2', 'the same priority behind');
select is(pg_temp.places('member'), 'w 3', 'who was first is third');
select is(pg_temp.places('colleague'), 'c 4', 'each sees their own place, though not who else waits');
select is(pg_temp.join('member', 'far', starts => '12:00', ends => '13:00'), 'waiting 1', 'only those count who want some of the same time');
select is(pg_temp.join('colleague', 'other', starts => '11:00', ends => '13:00'), 'waiting 2', 'some of it');
select is(pg_temp.join('colleague', 'd', resource => 'desks'), 'waiting 1', 'of the same resource');
select is(pg_temp.places(who), 'd 1, m 1, a 2, w 3, c 4, other 2, far 1', who || ' sees all') from unnest('{approver, manager, admin}'::text[]) who;
select is(pg_temp.places('stranger'), null, 'a stranger sees none');
select tests.be_nobody();
select throws_ok('select * from api.waitlist_entries', '42501', null, 'nobody sees none');
select tests.be('admin');
select throws_ok(statement, '42501', null, 'nobody writes it: ' || statement) from unnest('{update api.waitlist_entries set priority = 9, delete from api.waitlist_entries}'::text[]) statement;
select throws_ok('update booking.waitlist_entries set priority = 9', '42501', null, 'nor the table');

-- Refusals
select tests.be_dba();
select tests.rule('studio', '{"min_duration": "1 hour", "max_duration": "2 hours", "slot_step": "30 minutes", "min_notice": "2 days", "max_advance": "5 days", "max_priority": 2}');
select tests.hours('studio', '{1,2,3,4,5,6,7}', '09:00', '17:00');
select tests.book('busy ' || d, 'studio', tests.at('09:00', d), tests.at('17:00', d), owner => 'approver') from generate_series(0, 9) d;
create temp table before as select tests.digest();
grant select on before to public;
select is(tests.answer(format('select tests.be(%L), api.join_waitlist(%s)', who, call)) ->> 'message', slug, format('%s: %s: %s', who, call, coalesce(slug, 'waits')))
  from (values
    ('member', $$tests.id('room'), tests.at('10:30'), tests.at('11:30')$$, 'already_waiting'), ('member', $$tests.id('room'), tests.at('11:00'), tests.at('11:30')$$, null), ('member', $$tests.id('room'), tests.at('08:00'), tests.at('20:00'), duration => '1 hour'$$, 'already_waiting'),
    ('member', $$tests.id('theirs'), tests.at('10:00'), tests.at('11:00')$$, 'not_found'), ('member', $$tests.id('nowhere'), tests.at('10:00'), tests.at('11:00')$$, 'not_found'), ('member', $$null, tests.at('10:00'), tests.at('11:00')$$, 'not_found'),
    ('stranger', $$tests.id('room'), tests.at('10:00'), tests.at('11:00')$$, 'not_found'),
    ('member', $$tests.id('room'), tests.at('12:00'), tests.at('12:00')$$, 'invalid_time_range'), ('member', $$tests.id('room'), tests.at('12:00'), 'infinity'$$, 'invalid_time_range'), ('member', $$tests.id('room'), null, tests.at('12:00')$$, 'invalid_time_range'),
    ('approver', $$tests.id('room'), tests.at('14:00'), tests.at('15:00'), units => 0$$, 'invalid_argument'), ('approver', $$tests.id('room'), tests.at('14:00'), tests.at('15:00'), units => null$$, 'invalid_argument'), ('approver', $$tests.id('room'), tests.at('14:00'), tests.at('15:00'), units => 2$$, 'too_many_units'),
    ('approver', $$tests.id('room'), tests.at('14:00'), tests.at('15:00'), duration => '0'$$, 'invalid_argument'), ('approver', $$tests.id('room'), tests.at('14:00'), tests.at('15:00'), duration => '-1 hour'$$, 'invalid_argument'),
    ('approver', $$tests.id('room'), tests.at('14:00'), tests.at('15:00'), duration => '61 minutes'$$, 'invalid_argument'), ('approver', $$tests.id('room'), tests.at('14:00'), tests.at('15:00'), duration => '1 hour'$$, null),
    ('approver', $$tests.id('room'), tests.at('14:00'), tests.at('15:00'), expires_at => tests.at('08:00')$$, 'invalid_argument'), ('approver', $$tests.id('room'), tests.at('14:00'), tests.at('15:00'), expires_at => tests.at('08:00:01')$$, null),
    ('approver', $$tests.id('room'), tests.at('14:00'), tests.at('15:00'), title => repeat('x', 501)$$, 'invalid_argument'), ('approver', $$tests.id('room'), tests.at('14:00'), tests.at('15:00'), id => tests.id('w')$$, 'duplicate_id'),
    ('approver', $$tests.id('room'), tests.at('06:00'), tests.at('07:00')$$, 'too_soon'), ('approver', $$tests.id('closed'), tests.at('14:00'), tests.at('15:00')$$, 'resource_inactive'),
    -- The rules, of the range or of any place in it
    ('member', $$tests.id('studio'), tests.at('10:00', 3), tests.at('11:00', 3)$$, null), ('member', $$tests.id('studio'), tests.at('10:00'), tests.at('11:00')$$, 'too_soon'), ('member', $$tests.id('studio'), tests.at('10:00', 9), tests.at('11:00', 9)$$, 'too_far_ahead'),
    ('member', $$tests.id('studio'), tests.at('10:00', 3), tests.at('10:30', 3)$$, 'too_short'), ('member', $$tests.id('studio'), tests.at('10:00', 3), tests.at('12:30', 3)$$, 'too_long'), ('member', $$tests.id('studio'), tests.at('10:10', 3), tests.at('11:10', 3)$$, 'off_grid'),
    ('member', $$tests.id('studio'), tests.at('16:00', 3), tests.at('18:00', 3)$$, 'outside_opening_hours'), ('member', $$tests.id('studio'), tests.at('08:00', 3), tests.at('18:00', 3), duration => '1 hour'$$, null),
    -- What could never be offered is told at once.
    ('member', $$tests.id('studio'), tests.at('10:00', 3), tests.at('15:00', 3), duration => '30 minutes'$$, 'too_short'), ('member', $$tests.id('studio'), tests.at('10:00', 3), tests.at('15:00', 3), duration => '3 hours'$$, 'too_long'),
    ('member', $$tests.id('studio'), tests.at('10:00', 3), tests.at('15:00', 3), duration => '75 minutes'$$, 'off_grid'), ('member', $$tests.id('studio'), tests.at('18:00', 3), tests.at('23:00', 3), duration => '1 hour'$$, 'outside_opening_hours'),
    ('member', $$tests.id('studio'), tests.at('10:00', 3), tests.at('11:00', 3), priority => 2$$, null), ('member', $$tests.id('studio'), tests.at('10:00', 3), tests.at('11:00', 3), priority => 3$$, 'forbidden'), ('approver', $$tests.id('studio'), tests.at('10:00', 3), tests.at('11:00', 3), priority => 3$$, null)
  ) as joins (who, call, slug);
select tests.be('member');
select is(tests.answer($$ select api.join_waitlist(tests.id('room'), tests.at('10:30'), tests.at('11:30')) $$), jsonb_build_object('code', 'PT409', 'message', 'already_waiting', 'hint', 'You are waiting for some of that time already; leave that entry first.',
  'details', jsonb_build_object('resource_id', tests.id('room'))), 'who waits already is told');
select is(jsonb_array_length(tests.details($$ select api.join_waitlist(tests.id('studio'), tests.at('17:10', 3), tests.at('17:20', 3)) $$) -> 'violations'), 3, 'all violations are told');
select is(tests.details(format($$ select api.join_waitlist(tests.id('room'), tests.at('14:00'), tests.at('15:00'), %s) $$, wrong)) ->> 'argument', substring(wrong from '^\w+'), 'which argument is wrong is told: ' || wrong)
  from unnest(array['units => 0', 'duration => ''2 hours''', 'expires_at => tests.at(''07:00'')']) wrong;
select tests.be_nobody();
select throws_ok($$ select api.join_waitlist(tests.id('room'), tests.at('14:00'), tests.at('15:00')) $$, '42501', null, 'nobody waits');
select tests.be_dba();
select is(tests.digest(), digest, 'none of which changed anything') from before;

-- What is free already is offered at once; but the list is no way round notice and horizon.
select is(pg_temp.join('approver', 'now', resource => 'stage'), 'offered', 'free: offered at once');
select is(pg_temp.join('admin', 'partly', ', duration => ''30 minutes''', starts => '16:45', ends => '17:30'), 'offered', 'or some place in it is');
select is(to_char(r.starts_at, 'HH24:MI') || to_char(r.ends_at, '-HH24:MI'), '17:00-17:30', 'the first') from booking.reservations r where r.waitlist_entry_id = tests.id('partly');
select tests.be_dba();
select tests.rule('stage', '{"min_notice": "1 day", "max_advance": "7 days"}');
select tests.be('colleague');
select throws_ok($$ select api.join_waitlist(tests.id('stage'), tests.at('15:00'), tests.at('16:00')) $$, 'PT422', 'too_soon', 'what is too soon to be booked is not waited for');
select throws_ok($$ select api.join_waitlist(tests.id('stage'), tests.at('15:00', 30), tests.at('16:00', 30)) $$, 'PT422', 'too_far_ahead', 'nor what is too far ahead');

-- Until when they wait
select is((select array[expires_at::text, status::text] from api.join_waitlist(tests.id('room'), tests.at('15:00'), tests.at('16:00'), expires_at => tests.at('23:00'), id => tests.id('late'))), array[tests.at('16:00')::text, 'waiting'], 'no longer than for the end of the range');
select is((select expires_at from api.join_waitlist(tests.id('desks'), tests.at('15:00'), tests.at('16:00'), expires_at => tests.at('09:00'), id => tests.id('early'))), tests.at('09:00'), 'or until they say');
select tests.clock('08:59:59.999999');
select tests.be_dba();
select is_empty('select * from booking.sweep() where event_type ~ ''waitlist''', 'until the last microsecond');
select tests.clock('09:00');
select tests.be('colleague');
select is((api.join_waitlist(tests.id('desks'), tests.at('15:00'), tests.at('16:00'), id => tests.id('again'))).status::text, 'waiting', 'then they may join anew, swept or not');
select tests.be_dba();
select results_eq('select * from booking.sweep() where event_type ~ ''waitlist''', $$ values ('waitlist.expired', 1::bigint) $$, 'a sweep tells it');
select is(array(select e.type from booking.events e where e.subject ->> 'id' = tests.id('early')::text order by seq), '{waitlist.joined, waitlist.expired}', 'as an event');
select is((select e.actor_id from booking.events e where e.type = 'waitlist.expired'), null, 'of nobody''s');

-- A key, and what stays
select tests.be('approver');
select set_config('request.headers', '{"idempotency-key": "k"}', true);
create temp table once as select * from api.join_waitlist(tests.id('room'), tests.at('16:00'), tests.at('17:00'));
select results_eq($$ select * from api.join_waitlist(tests.id('room'), tests.at('16:00'), tests.at('17:00')) $$, 'table once', 'the same key: the same answer, and no second entry');
select set_config('request.headers', '', true);
select tests.be_dba();
select throws_ok(format('update booking.waitlist_entries set %s where id = tests.id(''w'')', change), 'PT400', 'invalid_argument', 'an entry keeps its ' || split_part(change, ' ', 1))
  from unnest('{id = gen_random_uuid(), tenant_id = tests.id(''globex''), resource_id = tests.id(''desks'')}'::text[]) change;
select is_empty('select * from booking.verify_invariants()', 'all is in order');

select * from finish();
rollback;
