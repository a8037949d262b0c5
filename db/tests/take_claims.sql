-- What need not stand in a request's way: a stale hold never does; held and pencilled ones of lower priority do not where a rule says so.
begin;
select no_plan();
select tests.world();

-- A stale hold, and no worker
select tests.reserve('h', 'room', '09:00', '10:00', 'held');
select tests.reserve('firm', 'room', '11:00', '12:00');
select tests.reserve('h2', 'room', '12:00', '13:00', 'pencilled', expires => '08:30');
select tests.be('colleague');
select tests.clock('08:29:59.999999');
create temp table before as select tests.digest();
grant select on before to public;
select throws_ok($$ select api.create_reservation(tests.id('room'), tests.at('09:30'), tests.at('10:30')) $$, 'PT409', 'slot_taken', 'a hold blocks until its last microsecond');
select throws_ok($$ select api.check_reservation_conflict(tests.id('room'), tests.at('09:30'), tests.at('10:30')) $$, 'PT409', 'slot_taken', 'as the check says');
select set_eq('select starts_at from api.calendar', array[tests.at('09:00'), tests.at('11:00'), tests.at('12:00')], 'and the calendar shows');
select tests.clock('08:30');
select set_eq('select starts_at from api.calendar', array[tests.at('11:00')], 'at the very instant of its expiry the calendar shows it no more');
select is(api.check_reservation_conflict(tests.id('room'), tests.at('09:30'), tests.at('10:30')) ->> 'available', 'true', 'the check says free');
select is(tests.details($$ select api.create_reservation(tests.id('room'), tests.at('09:30'), tests.at('13:00')) $$), jsonb_build_object(
    'conflicts', jsonb_build_array(jsonb_build_object('resource_id', tests.id('room'), 'starts_at', tests.at('11:00'), 'ends_at', tests.at('12:00'), 'kind', 'reservation')),
    'next_free_at', tests.at('12:00')),
  'a refusal knows neither of them: what is in the way is firm, and the rest is free');
select tests.be_dba();
select is((select booking.next_free_at(s, jsonb_populate_record(null::booking.reservations, jsonb_build_object('starts_at', tests.at('09:00'), 'ends_at', tests.at('10:00'), 'units', 1)), '{}') from booking.resources s where s.id = tests.id('room')), tests.at('09:00'), 'it is free at once');
select is(tests.digest(), digest, 'and yet nothing has changed') from before;

select tests.be('colleague');
select is((api.create_reservation(tests.id('room'), tests.at('09:30'), tests.at('10:30'), id => tests.id('rival'), reason => 'urgent')).status::text, 'confirmed', 'the rival books');
select is(array[r.status::text, r.version::text, r.status_reason, r.status_since::text, r.expires_at::text], array['expired', '2', null, tests.at('08:30')::text, null], 'and so expires it')
  from tests.reservation('h') r;
select is(tests.claims('h') || tests.claims('rival'), '{room 1 09:30-10:30}', 'its claim is gone');
select is(tests.events('h'), '{reservation.held, reservation.expired}', 'its event is written');
select is(array[e.actor_id::text, e.reason, e.override::text, e.occurred_at::text, e.owner_id::text], array[null, null, 'false', tests.at('08:30')::text, tests.id('member')::text],
  'nobody did it: time did') from tests.last_event('h') e;
select is(booking.event_data(tests.last_event('h')) -> 'previous', jsonb_build_object('status', 'held', 'expires_at', tests.at('08:30')), 'it says what was before');
select is(array[e.type, e.actor_id::text, e.reason], array['reservation.confirmed', tests.id('colleague')::text, 'urgent'], 'the rival''s own event has its actor and its reason') from tests.last_event('rival') e;
select is((tests.reservation('h2')).status::text, 'expired', 'and so has all that is stale on that resource, in the way or not');
select tests.reserve('h3', 'room', '12:00', '13:00', 'held', expires => '08:30');
select tests.be('manager');
select is((api.create_reservation(tests.id('room'), tests.at('12:30'), tests.at('13:30'), override => true, reason => 'VIP', id => tests.id('vip'))).status::text, 'confirmed', 'an override, too');
select is(array[e.type, e.actor_id::text, e.reason, e.override::text], '{reservation.expired, null, null, false}', 'is not the stale one''s') from tests.last_event('h3') e;
select is(array[e.reason, e.override::text], '{VIP, true}', 'but the rival''s') from tests.last_event('vip') e;

-- By any road
select tests.be_dba();
select tests.reserve('s10', 'studio', '10:00', '10:30', 'held', expires => '08:30');
select tests.reserve('aside', 'studio', '14:00', '14:30', 'held', expires => '08:30');
select tests.reserve('elsewhere', 'room', '14:00', '14:30', 'held', expires => '08:30');
select tests.reserve('t', 'studio', '11:00', '11:30', 'tentative', 'colleague');
select tests.reserve('m', 'desks', '12:00', '12:30', owner => 'colleague');
select tests.reserve('k', 'studio', '13:00', '13:30', 'tentative', 'colleague');
select tests.reserve('a', 'stage', '19:00', '19:30', 'pending', 'colleague');
select tests.reserve('sa', 'stage', '19:00', '19:30', 'held', expires => '08:30');
select tests.reserve('dba', 'studio', '10:00', '10:30');
select tests.be('colleague');
select tests.reserve('s11', 'studio', '11:00', '11:30', 'held', expires => '08:30');
select lives_ok($$ select api.confirm_reservation(tests.id('t')) $$, 'who confirms');
select tests.reserve('s12', 'studio', '12:00', '12:30', 'held', expires => '08:30');
select lives_ok($$ select api.reschedule_reservation(tests.id('m'), tests.at('12:00'), tests.at('12:30'), tests.id('studio')) $$, 'who moves');
select tests.reserve('s13', 'studio', '13:00', '13:30', 'held', expires => '08:30');
select lives_ok($$ select api.pencil_reservation(tests.id('k')) $$, 'who pencils in');
select lives_ok($$ select tests.be('approver'), api.approve_reservation(tests.id('a')) $$, 'who approves');
select tests.be_dba();
select tests.reserve('s15', 'studio', '15:00', '15:30', 'held', expires => '08:30');
update booking.reservations set starts_at = tests.at('15:00'), ends_at = tests.at('15:30') where id = tests.id('dba');
select is((tests.reservation(name)).status::text || tests.claims(name)::text || tests.events(name)::text, 'expired{}{reservation.held,reservation.expired}', 'expires what is stale: ' || name)
  from unnest('{s10, aside, s11, s12, s13, s15, sa}'::text[]) name;
select is((tests.reservation('elsewhere')).status::text, 'held', 'but on no other resource');
select is((tests.last_event('s15')).actor_id, null, 'nobody, again');
select tests.reserve('s16', 'studio', '16:00', '16:30', 'held', expires => '08:30');
update booking.resources set blocking_statuses = '{confirmed, checked_in}' where id = tests.id('studio');
select is((tests.reservation('s16')).status::text, 'expired', 'who changes the resource, too');
select is(tests.claims('k'), '{}', 'whose blocking changes for those that live');
update booking.resources set blocking_statuses = '{held, pencilled, confirmed, checked_in}' where id = tests.id('studio');

-- Several at once
select tests.clock('08:00');
select tests.reserve('x1', 'studio', '17:00', '17:20', 'held');
select tests.reserve('x2', 'studio', '17:20', '17:40', 'held');
select tests.reserve('x3', 'studio', '17:40', '18:00', 'pencilled');
select tests.clock('08:30');
select throws_ok($$ select tests.reserve('y', 'studio', '17:00', '18:00') $$, 'PT409', 'slot_taken', 'one that lives is enough');
select is((tests.reservation('x1')).status::text, 'held', 'for nothing to change');
select tests.reserve('y', 'studio', '17:00', '17:40');
select is(array[(tests.reservation('x1')).status, (tests.reservation('x2')).status, (tests.reservation('x3')).status]::text[], '{expired, expired, pencilled}', 'all that are stale go at once');

-- A pool
select tests.clock('08:00');
select tests.reserve('d1', 'desks', '09:00', '10:00', 'held', units => 2);
select tests.reserve('d2', 'desks', '09:00', '10:00');
select tests.clock('08:30');
select tests.be('colleague');
select is(api.check_reservation_conflict(tests.id('desks'), tests.at('09:00'), tests.at('10:00'), 2) ->> 'available', 'true', 'of a pool, stale units are free');
select is(tests.answer($$ select api.check_reservation_conflict(tests.id('desks'), tests.at('09:00'), tests.at('10:00'), 3) $$) ->> 'message', 'slot_taken', 'but not the others');
select is((api.create_reservation(tests.id('desks'), tests.at('09:00'), tests.at('10:00'), units => 2, id => tests.id('d3'))).status::text, 'confirmed', 'they are booked');
select is(tests.claims('d3') || tests.claims('d2') || tests.claims('d1'), '{desks 1 09:00-10:00, desks 2 09:00-10:00, desks 3 09:00-10:00}', 'each by one');
select tests.clock('08:00');
select tests.be_dba();
select tests.reserve('d4', 'desks', '10:00', '11:00', 'held', unit => 1);
select tests.reserve('d5', 'desks', '10:00', '11:00', 'held', unit => 2);
select tests.clock('08:30');
select tests.reserve('d6', 'desks', '10:00', '11:00');
select is(tests.claims('d6') || (tests.reservation('d4')).status::text, '{desks 1 10:00-11:00, expired}', 'a stale unit is as free as any');
select tests.reserve('d7', 'desks', '10:00', '11:00', unit => 2);
select is(tests.claims('d7') || (tests.reservation('d5')).status::text, '{desks 2 10:00-11:00, expired}', 'a pinned unit is that one, stale or not');

-- One's own hold
select tests.clock('08:00');
select tests.reserve('own', 'room', '15:00', '16:00', 'held');
select tests.be('member');
select throws_ok($$ select api.create_reservation(tests.id('room'), tests.at('15:00'), tests.at('16:00')) $$, 'PT409', 'slot_taken', 'another booking of one''s own is another booking');
select is(array[r.status::text, r.expires_at::text], array['held', tests.at('08:30')::text], 'a hold moves over its own time, and expires as before')
  from api.reschedule_reservation(tests.id('own'), tests.at('15:30'), tests.at('16:30')) r;
select is(tests.claims('own'), '{room 1 15:30-16:30}', 'with its claim');
select is((api.confirm_reservation(tests.id('own'))).status::text || tests.claims('own')::text, 'confirmed{"room 1 15:30-16:30"}', 'and is confirmed');
select tests.be_dba();
select is_empty('select * from booking.verify_invariants()', 'all is in order');

-- Priority, on a floor of its own
select tests.rule(null, '{"max_priority": 9}');
select tests.rule('stage', '{"allow_preemption": true, "max_priority": 9}');
update booking.resources set requires_approval = false where id = tests.id('stage');
select tests.reserve('p' || n, 'stage', '16:00', '16:30', status::booking.reservation_status, priority => 5)
  from (values (1, 'tentative'), (2, 'pending')) s (n, status);
select tests.reserve('held', 'stage', '09:00', '10:00', 'held', priority => 1);
select tests.reserve('pencilled', 'stage', '10:00', '11:00', 'pencilled', priority => 1);
select tests.reserve('confirmed', 'stage', '11:00', '12:00', priority => -9);
select tests.reserve('in', 'stage', '12:00', '13:00', priority => -9);
update booking.reservations set status = 'checked_in' where id = tests.id('in');
select tests.reserve('no rule', 'room', '17:00', '18:00', 'held', priority => -1);
truncate before;
insert into before select tests.digest();
create temp table requests as
select *, format('tests.id(%L), tests.at(%L), tests.at(%L), priority => %L', resource, starts, ends, priority) as arguments
  from (values
    ('stage', '09:00', '10:00', 2, null), ('stage', '09:00', '10:00', 1, 'slot_taken'), ('stage', '09:00', '10:00', 0, 'slot_taken'), ('stage', '09:00', '10:00', null, 'slot_taken'),
    ('stage', '10:30', '10:45', 2, null), ('stage', '10:30', '10:45', 1, 'slot_taken'), ('stage', '09:30', '10:30', 2, null),
    ('stage', '11:00', '12:00', 9, 'slot_taken'), ('stage', '12:00', '13:00', 9, 'slot_taken'), ('stage', '10:30', '11:30', 9, 'slot_taken'),
    ('room', '17:00', '18:00', 9, 'slot_taken')) as r (resource, starts, ends, priority, slug);
grant select on requests to public;
select tests.be('colleague');
select is(tests.answer(format('select api.create_reservation(%s)', arguments)) ->> 'message', slug,
          format('priority %s, %s %s-%s: %s', coalesce(priority::text, 'null'), resource, starts, ends, coalesce(slug, 'booked'))) from requests;
select is(tests.answer(format('select api.check_reservation_conflict(%s)', arguments)), tests.answer(format('select api.create_reservation(%s)', arguments)),
          format('the check says so: priority %s, %s %s-%s', coalesce(priority::text, 'null'), resource, starts, ends)) from requests;
select is(tests.digest(), digest, 'none of which changed anything') from before;

select is((api.create_reservation(tests.id('stage'), tests.at('09:30'), tests.at('10:30'), priority => 2, id => tests.id('chair'), reason => 'board')).status::text, 'confirmed', 'higher priority takes its time');
select is(tests.claims('held') || tests.claims('pencilled') || tests.claims('chair'), '{stage 1 09:30-10:30}', 'from all that are in its way');
select is(array[r.status::text, r.version::text, r.status_reason, r.expires_at::text], '{displaced, 2, A request of higher priority took its time., null}', 'which are displaced, and told why')
  from tests.reservation('pencilled') r;
select is(array[e.type, e.actor_id::text, e.reason, e.override::text, e.owner_id::text],
  array['reservation.displaced', null, 'A request of higher priority took its time.', 'false', tests.id('member')::text], 'the event says why, and not by whom: ' || name)
  from unnest('{held, pencilled}'::text[]) name, tests.last_event(name) e;
select is(array[e.type, e.actor_id::text, e.reason], array['reservation.confirmed', tests.id('colleague')::text, 'board'], 'and that of the other side its own reason') from tests.last_event('chair') e;
select ok((tests.last_event('chair')).seq < (tests.last_event('held')).seq, 'cause before effect');
select tests.be('member');
select throws_ok(format('select api.%s(tests.id(''held''))', action), 'PT409', 'invalid_transition', 'what was displaced is over: no ' || action)
  from unnest('{confirm_reservation, extend_hold, cancel_reservation, pencil_reservation}'::text[]) action;
select lives_ok($$ select api.create_reservation(tests.id('stage'), tests.at('09:00'), tests.at('09:30')) $$, 'the rest of its time is free');

-- By any road
select tests.be_dba();
select tests.reserve('v' || n, 'stage', n || ':00', n || ':30', 'held') from generate_series(13, 18) n;
select tests.reserve('w1', 'stage', '13:00', '13:30', 'tentative', 'colleague', priority => 1);
select tests.reserve('w2', 'room', '18:00', '18:30', owner => 'colleague', priority => 1);
select tests.reserve('w3', 'stage', '15:00', '15:30', 'tentative', 'colleague', priority => 1);
select tests.reserve('w4', 'stage', '16:00', '16:30', 'pending', 'colleague', priority => 1);
select tests.be('colleague');
select lives_ok($$ select api.confirm_reservation(tests.id('w1')) $$, 'who confirms');
select lives_ok($$ select api.reschedule_reservation(tests.id('w2'), tests.at('14:00'), tests.at('14:30'), tests.id('stage')) $$, 'who moves');
select lives_ok($$ select api.pencil_reservation(tests.id('w3')) $$, 'who pencils in');
select lives_ok($$ select tests.be('approver'), api.approve_reservation(tests.id('w4')) $$, 'who approves');
select tests.be_dba();
select tests.reserve('w5', 'stage', '17:00', '17:30', 'held', priority => 1);
select is((tests.reservation(name)).status::text || tests.claims(name)::text || tests.events(name)::text, 'displaced{}{reservation.held,reservation.displaced}', 'displaces: ' || name)
  from unnest('{v13, v14, v15, v16, v17}'::text[]) name;
select is(array[e.actor_id::text, e.reason], '{null, A request of higher priority took its time.}', 'a DBA has no token') from tests.last_event('v17') e;

-- What blocks only because the resource says so is as firm as what is confirmed.
update booking.resources set blocking_statuses = blocking_statuses || '{tentative, pending}' where id = tests.id('studio');
select tests.rule('studio', '{"allow_preemption": true, "max_priority": 9}');
select tests.reserve('z1', 'studio', '19:00', '19:30', 'tentative');
select tests.reserve('z2', 'studio', '19:30', '20:00', 'pending');
select tests.be('colleague');
select throws_ok($$ select api.create_reservation(tests.id('studio'), tests.at('19:15'), tests.at('19:20'), priority => 9) $$, 'PT409', 'slot_taken', 'a tentative one that blocks is not displaced');
select throws_ok($$ select api.create_reservation(tests.id('studio'), tests.at('19:45'), tests.at('19:50'), priority => 9) $$, 'PT409', 'slot_taken', 'nor a pending one');

-- Of a pool as few as needed, lowest priorities first
select tests.be_dba();
select tests.rule('desks', '{"allow_preemption": true, "max_priority": 9}');
delete from booking.reservations where resource_id = tests.id('desks');
create function pg_temp.displaced(reservations text, request text) returns text language plpgsql
as $$
declare
  v_displaced text;
begin
  -- name:units:priority, or name:units:priority:unit; an upper-case name is confirmed.
  perform tests.reserve('desk of ' || s[1], 'desks', '09:00', '10:00', case when s[1] = upper(s[1]) then 'confirmed' else 'held' end::booking.reservation_status,
                        units => s[2]::integer, priority => s[3]::integer, unit => s[4]::integer)
     from (select string_to_array(r, ':') as s from regexp_split_to_table(reservations, ' ') r) r;
  begin
    execute format('select tests.reserve(''new'', ''desks'', ''09:00'', ''10:00'', %s)', request);
  exception
    when others then v_displaced := sqlerrm || ' ';
  end;
  select coalesce(v_displaced, '') || coalesce(string_agg(replace(title, 'desk of ', ''), ' ' order by title), 'nobody') into v_displaced
    from booking.reservations where resource_id = tests.id('desks') and status = 'displaced';
  raise exception using errcode = 'TT000';
exception
  when sqlstate 'TT000' then return v_displaced;
end
$$;
select is(pg_temp.displaced(reservations, request), displaced, format('%s for %s among %s', displaced, request, reservations))
  from (values
    ('a:1:0 b:1:1', 'priority => 5', 'nobody'),
    ('a:1:0 b:1:1 c:1:2', 'priority => 5', 'a'),
    ('c:1:2 b:1:1 a:1:0', 'priority => 5', 'a'),
    ('c:1:2 b:1:1 a:1:0', 'priority => 5, units => 2', 'a b'),
    ('c:1:2 b:1:1 a:1:0', 'priority => 5, units => 3', 'a b c'),
    ('c:1:2 b:1:1', 'priority => 5, units => 2', 'b'),
    ('c:1:2 b:1:1 a:1:0', 'priority => 1', 'a'),
    ('c:1:2 b:1:1 a:1:0', 'priority => 0', 'slot_taken nobody'),
    ('c:1:2 b:1:1 a:1:0', 'priority => 1, units => 2', 'slot_taken nobody'),
    ('c:1:2 b:1:1 A:1:0', 'priority => 5, units => 3', 'slot_taken nobody'),
    ('c:1:2 b:1:1 A:1:0', 'priority => 5, units => 2', 'b c'),
    ('c:1:2:1 b:1:1:2 a:1:0:3', 'priority => 5, unit => 1', 'c'),
    ('C:1:2:1 b:1:1:2 a:1:0:3', 'priority => 5, unit => 1', 'slot_taken nobody'),
    ('a:2:0 b:1:1', 'priority => 5', 'a'),
    ('a:2:0 b:1:1', 'priority => 5, units => 2', 'a'),
    -- One that takes two units gives two.
    ('b:1:0:1 a:2:0', 'priority => 5, units => 2', 'a'),
    ('a:3:0', 'priority => 5', 'a')) as cases (reservations, request, displaced);
select tests.reserve('o1', 'desks', '09:00', '09:30', 'held', unit => 1);
select tests.reserve('o2', 'desks', '09:30', '10:00', 'held', unit => 1);
select tests.reserve('o3', 'desks', '09:00', '10:00', 'held', unit => 2);
select tests.reserve('o4', 'desks', '09:00', '10:00', unit => 3);
select tests.reserve('new', 'desks', '09:00', '10:00', priority => 1);
select is(array[(tests.reservation('o1')).status, (tests.reservation('o2')).status, (tests.reservation('o3')).status]::text[], '{held, held, displaced}', 'one rather than two');
select tests.reserve('o5', 'desks', '09:15', '09:30', priority => 1);
select is(tests.claims('o5') || tests.claims('o2'), '{desks 1 09:15-09:30, desks 1 09:30-10:00}', 'and only whom it overlaps');
-- In one statement with others: first it changes, then it is displaced, and the log says so in that order.
select tests.reserve('r1', 'stage', '21:00', '21:30', priority => 1);
select tests.reserve('r2', 'stage', '21:30', '22:00', 'held');
update booking.reservations set title = 'both', starts_at = tests.at('21:30'), ends_at = tests.at('22:00') where id in (tests.id('r1'), tests.id('r2'));
select is((tests.reservation('r2')).status::text || tests.events('r2')::text, 'displaced{reservation.held,reservation.updated,reservation.displaced}', 'one after the other');
select is_empty('select * from booking.verify_invariants()', 'all is in order');
-- A stale one is not displaced: it has expired.
select tests.reserve('q1', 'stage', '20:00', '20:30', 'held', expires => '08:10');
select tests.reserve('q2', 'stage', '20:30', '21:00', 'held');
select tests.clock('08:10');
select tests.reserve('q3', 'stage', '20:00', '21:00', priority => 1);
select is(array[(tests.reservation('q1')).status, (tests.reservation('q2')).status]::text[], '{expired, displaced}', 'to each its own end');
select is_empty('select * from booking.verify_invariants()', 'all is in order');

select * from finish();
rollback;
