-- offer_time() and find_place(): whatever frees time offers it in the same transaction to those who wait, each in turn, and no time twice.
begin;
select no_plan();
select tests.world();
select tests.rule(null, '{"hold_ttl": "10 minutes", "max_priority": 9}');

-- Joins as somebody; what they want as "09:00-10:00".
create function pg_temp.wait(who text, name text, range text default '09:00-10:00', resource text default 'room', more text default '') returns void language plpgsql as $$
begin
  perform tests.be(who);
  execute format('select api.join_waitlist(tests.id(%L), tests.at(%L), tests.at(%L), id => tests.id(%L), title => %4$L%s)', resource, split_part(range, '-', 1), split_part(range, '-', 2), name, more);
  perform tests.be_dba();
end $$;
create function pg_temp.does(who text, call text) returns void language plpgsql as $$
begin
  if who <> 'dba' then
    perform tests.be(who);
  end if;
  execute case when call ~ '^(update|delete) ' then call else 'select ' || call end;
  perform tests.be_dba();
end $$;
create function pg_temp.joined() returns table (id uuid, seq bigint) language sql security definer as $$ select (subject ->> 'id')::uuid, min(seq) from booking.events where type = 'waitlist.joined' group by 1 $$;
-- "c offered room 09:00-10:00, w waiting 1": how each entry stands, in the order in which they came.
create function pg_temp.list() returns text language plpgsql as $$
declare v_list text;
begin
  perform tests.be('manager');
  v_list := (
    select string_agg(concat_ws(' ', w.title, w.status, w.position, case when w.status = 'offered' then (
             select s.name || ' ' || to_char(r.starts_at, 'HH24:MI') || to_char(r.ends_at, '-HH24:MI') || case when r.status = 'held' then '' else ' but ' || r.status end
               from api.reservations r join api.resources s on s.id = r.resource_id where r.id = w.offered_reservation_id) end), ', ' order by e.seq)
      from api.waitlist_entries w join pg_temp.joined() e (id, seq) on e.id = w.id);
  perform tests.be_dba();
  return v_list;
end $$;
-- Undone
create function pg_temp.after(setup text[], who text, call text) returns text language plpgsql as $$
declare
  v_list text;
  v_step text;
begin
  foreach v_step in array setup loop
    perform tests.be_dba();
    execute 'select ' || v_step;
  end loop;
  perform pg_temp.does(who, call);
  perform tests.be_dba();
  v_list := pg_temp.list() || coalesce((select string_agg(format(', BUT invariant %s: %s', invariant, problem), '') from booking.verify_invariants()), '');
  raise exception using errcode = 'TT000';
exception
  when sqlstate 'TT000' then
    perform tests.be_dba();
    return v_list;
end $$;

-- Whatever frees it
create function pg_temp.sweeps() returns void language sql as $$ select booking.sweep() $$;
create temp table ways (resource text, setup text[], who text, call text);
insert into ways values
  ('room', array[$$tests.reserve('x', 'room', '09:00', '10:00')$$], 'member', $$api.cancel_reservation(tests.id('x'), 'ill')$$),
  ('room', array[$$tests.reserve('x', 'room', '09:00', '10:00')$$], 'manager', $$api.cancel_reservation(tests.id('x'), 'ill', override => true)$$),
  ('room', array[$$tests.reserve('x', 'room', '09:00', '10:00', 'held')$$], 'member', $$api.cancel_reservation(tests.id('x'))$$),
  ('room', array[$$tests.reserve('x', 'room', '09:00', '10:00', 'pencilled')$$], 'member', $$api.cancel_reservation(tests.id('x'))$$),
  ('room', array[$$tests.bundle('u')$$, $$tests.part('u', 'x', 'room', '09:00', '10:00')$$, $$tests.part('u', 'y', 'studio', '09:00', '10:00')$$], 'member', $$api.cancel_bundle(tests.id('u'))$$),
  ('room', array[$$tests.bundle('u')$$, $$tests.part('u', 'x', 'room', '09:00', '10:00')$$, $$tests.part('u', 'y', 'studio', '09:00', '10:00')$$], 'member', $$api.reschedule_bundle(tests.id('u'), '1 hour')$$),
  ('room', array[$$tests.reserve('x', 'room', '09:00', '10:00')$$], 'member', $$api.reschedule_reservation(tests.id('x'), tests.at('10:00'), tests.at('11:00'))$$),
  ('room', array[$$tests.reserve('x', 'room', '09:00', '10:00')$$], 'member', $$api.reschedule_reservation(tests.id('x'), tests.at('09:00'), tests.at('10:00'), tests.id('studio'))$$),
  ('room', array[$$tests.reserve('x', 'room', '08:00', '10:00')$$], 'member', $$api.reschedule_reservation(tests.id('x'), tests.at('08:00'), tests.at('09:00'))$$),
  ('room', array[$$tests.reserve('x', 'room', '09:00', '10:00')$$, $$tests.reserve('y', 'room', '10:00', '11:00')$$], 'member',
    $$api.move_reservations(jsonb_build_array(jsonb_build_object('reservation_id', tests.id('x'), 'starts_at', tests.at('10:00'), 'ends_at', tests.at('11:00')), jsonb_build_object('reservation_id', tests.id('y'), 'starts_at', tests.at('11:00'), 'ends_at', tests.at('12:00'))))$$),
  ('desks', array[$$tests.reserve('x', 'desks', '09:00', '10:00', units => 3)$$], 'member', $$api.reschedule_reservation(tests.id('x'), tests.at('09:00'), tests.at('10:00'), units => 2)$$),
  ('room', array[$$tests.reserve('x', 'room', '09:00', '10:00', 'held')$$], 'dba', $$tests.clock('08:10'), pg_temp.sweeps()$$),
  ('room', array[$$tests.reserve('x', 'room', '09:00', '10:00', 'pencilled', expires => '08:20')$$], 'dba', $$tests.clock('08:20'), pg_temp.sweeps()$$),
  ('room', array[$$tests.reserve('x', 'room', '08:30', '10:00')$$, $$tests.rule('room', '{"no_show_grace": "15 minutes"}')$$], 'dba', $$tests.clock('08:45'), pg_temp.sweeps()$$),
  ('room', array[$$tests.reserve('x', 'room', '08:00', '10:00')$$], 'member', $$api.complete_reservation(tests.id('x'))$$),
  ('room', array[$$tests.close('x', 'room', '09:00', '10:00')$$], 'manager', $$api.lift_blackout(tests.id('x'))$$),
  ('room', array[$$tests.close('x', 'room', '08:30', '12:00')$$], 'manager', $$api.reschedule_blackout(tests.id('x'), tests.at('10:00'), tests.at('12:00'))$$),
  ('desks', array[$$tests.reserve('x', 'desks', '09:00', '10:00', units => 3)$$], 'manager', $$update api.resources set capacity = 4 where id = tests.id('desks')$$),
  ('room', array[$$tests.reserve('x', 'room', '09:00', '10:00')$$], 'manager', $$update api.resources set capacity = 2 where id = tests.id('room')$$),
  ('room', array[$$tests.reserve('x', 'room', '09:00', '10:00', 'pencilled')$$], 'manager', $$update api.resources set blocking_statuses = '{held,confirmed,checked_in}' where id = tests.id('room')$$),
  ('room', array[$$tests.reserve('x', 'room', '09:00', '10:00')$$], 'dba', $$delete from booking.reservations where id = tests.id('x')$$),
  ('room', array[$$tests.close('x', 'room', '09:00', '10:00')$$], 'dba', $$delete from booking.blackouts where id = tests.id('x')$$);
-- What waits for approval takes time where the resource says so.
insert into ways values
  ('room', array[$$tests.reserve('x', 'room', '09:00', '10:00', 'pending')$$], 'approver', $$api.reject_reservation(tests.id('x'), reason => 'no')$$),
  ('room', array[$$tests.reserve('x', 'room', '09:00', '10:00', 'pending')$$], 'member', $$api.cancel_reservation(tests.id('x'))$$);
create function pg_temp.pending_blocks() returns void language sql as $$ update booking.resources set blocking_statuses = '{held,pencilled,pending,confirmed,checked_in}' where id = tests.id('room') $$;
create function pg_temp.way(resource text, setup text[], who text, call text) returns text language plpgsql as $$
declare
  v_list text;
  v_step text;
begin
  perform pg_temp.pending_blocks();
  foreach v_step in array setup loop
    execute 'select ' || v_step;
  end loop;
  perform pg_temp.wait('colleague', 'c', '09:00-10:00', resource), pg_temp.wait('approver', 'a', '09:00-10:00', resource);
  v_list := pg_temp.list() || ' then ';
  perform pg_temp.does(who, call), tests.be_dba();
  v_list := v_list || pg_temp.list() || coalesce((select string_agg(format(', BUT invariant %s: %s', invariant, problem), '') from booking.verify_invariants()), '')
    || coalesce((select ', BUT by ' || string_agg(distinct actor_id::text, ' ') from booking.events where subject ->> 'title' = 'c' and type in ('waitlist.offered', 'reservation.held') having count(*) <> 2 or count(actor_id) <> 0), '');
  raise exception using errcode = 'TT000';
exception
  when sqlstate 'TT000' then
    perform tests.be_dba();
    return v_list;
end $$;
create temp table before as select tests.digest();
select is(pg_temp.way(resource, setup, who, call), format('c waiting 1, a waiting 2 then c offered %s 09:00-10:00, a waiting 1', resource), format('freed by %s: %s', who, regexp_replace(call, '\s+', ' ', 'g'))) from ways;
-- A series
create function pg_temp.series(call text) returns text language plpgsql as $$
declare
  v_series text;
  v_list text;
begin
  perform tests.be('member');
  v_series := api.create_series(tests.id('room'), 'FREQ=DAILY;COUNT=3', '2030-01-07 09:00', '1 hour') ->> 'series_id';
  perform pg_temp.wait('colleague', 'c'), pg_temp.wait('approver', 'a');
  perform pg_temp.does('member', format(call, v_series));
  v_list := pg_temp.list();
  raise exception using errcode = 'TT000';
exception
  when sqlstate 'TT000' then
    perform tests.be_dba();
    return v_list;
end $$;
select is(pg_temp.series(call), 'c offered room 09:00-10:00, a waiting 1', 'freed by a series: ' || call) from unnest(array['api.cancel_series(%L)', 'api.reschedule_series(%L, shift => ''2 hours'')']) call;
select is(tests.digest(), digest, 'each of it undone') from before;

-- What frees none, offers none.
create function pg_temp.nothing(setup text[], who text, call text) returns text language sql as $$ select regexp_replace(pg_temp.way('room', setup, who, call), '.* then ', '') $$;
select is(pg_temp.nothing(setup, who, call), 'c waiting 1, a waiting 2', 'not freed by ' || call)
  from (values
    (array[$$tests.reserve('x', 'room', '09:00', '10:00')$$, $$tests.reserve('t', 'room', '09:00', '10:00', 'tentative')$$], 'member', $$api.cancel_reservation(tests.id('t'))$$),
    (array[$$tests.reserve('x', 'room', '09:00', '10:00')$$], 'member', $$api.update_reservation(tests.id('x'), 'y')$$), (array[$$tests.reserve('x', 'room', '09:00', '10:00', 'held')$$], 'member', $$api.confirm_reservation(tests.id('x'))$$),
    (array[$$tests.reserve('x', 'room', '09:00', '10:00')$$], 'member', $$api.reschedule_reservation(tests.id('x'), tests.at('09:30'), tests.at('10:30'))$$),
    (array[$$tests.reserve('x', 'room', '09:00', '10:00')$$, $$tests.close('b', 'room', '12:00', '13:00')$$], 'manager', $$api.lift_blackout(tests.id('b'))$$),
    -- What falls to a blackout is not free.
    (array[$$tests.reserve('x', 'room', '09:00', '10:00')$$], 'manager', $$api.create_blackout(array[tests.id('room')], tests.at('09:00'), tests.at('10:00'), 'works', on_conflict => 'cancel')$$),
    (array[$$tests.reserve('x', 'room', '09:00', '10:00')$$, $$tests.close('b', 'room', '09:00', '10:00', 'keep')$$], 'member', $$api.cancel_reservation(tests.id('x'))$$),
    -- What two have at once, by turns
    (array[$$tests.reserve('x', 'room', '09:00', '10:00')$$, $$tests.reserve('y', 'room', '10:00', '11:00')$$], 'member',
      $$api.move_reservations(jsonb_build_array(jsonb_build_object('reservation_id', tests.id('x'), 'starts_at', tests.at('10:00'), 'ends_at', tests.at('11:00')), jsonb_build_object('reservation_id', tests.id('y'), 'starts_at', tests.at('09:00'), 'ends_at', tests.at('10:00'))))$$)
  ) as changes (setup, who, call);
select is(pg_temp.nothing(array[$$tests.reserve('x', 'room', '09:00', '10:00')$$], 'dba', $$update booking.resources set is_active = false where id = tests.id('room')$$), 'c waiting 1, a waiting 2', 'nor by closing it');

-- Whose turn it is
create function pg_temp.freed(waits text[], resource text default 'room', starts text default '08:30', ends text default '18:00', more text[] default '{}', who text default 'approver', call text default $$api.cancel_reservation(tests.id('x'))$$) returns text language plpgsql as $$
begin
  return pg_temp.after(more || array[format('tests.reserve(''x'', %L, %L, %L, owner => ''approver'', units => (select capacity from booking.resources where id = tests.id(%1$L)))', resource, starts, ends)] || waits, who, call);
end $$;
select is(pg_temp.freed(waits, resource), stands, stands)
  from (values
    ('room', array[$$pg_temp.wait('colleague', 'c')$$, $$pg_temp.wait('member', 'm')$$, $$pg_temp.wait('manager', 'g')$$], 'c offered room 09:00-10:00, m waiting 1, g waiting 2'),
    ('room', array[$$pg_temp.wait('colleague', 'c')$$, $$pg_temp.wait('member', 'm', more => ', priority => 1')$$, $$pg_temp.wait('manager', 'g', more => ', priority => 1')$$], 'c waiting 2, m offered room 09:00-10:00, g waiting 1'),
    -- Whoever wants other time has it, too; some of the same, not.
    ('room', array[$$pg_temp.wait('colleague', 'c')$$, $$pg_temp.wait('member', 'm', '10:00-11:00')$$, $$pg_temp.wait('manager', 'g', '09:30-10:30')$$], 'c offered room 09:00-10:00, m offered room 10:00-11:00, g waiting 1'),
    -- Each unit of a pool
    ('desks', array[$$pg_temp.wait('colleague', 'c', resource => 'desks')$$, $$pg_temp.wait('member', 'm', resource => 'desks', more => ', units => 3')$$, $$pg_temp.wait('manager', 'g', resource => 'desks', more => ', units => 2')$$, $$pg_temp.wait('admin', 'a', resource => 'desks')$$],
      'c offered desks 09:00-10:00, m waiting 1, g offered desks 09:00-10:00, a waiting 2'),
    -- Any place in a wider window, the earliest that is left
    ('room', array[$$pg_temp.wait('colleague', 'c', '09:00-12:00', more => ', duration => ''1 hour''')$$, $$pg_temp.wait('member', 'm', '09:30-12:00', more => ', duration => ''1 hour''')$$, $$pg_temp.wait('manager', 'g', '09:00-12:00', more => ', duration => ''90 minutes''')$$, $$pg_temp.wait('admin', 'a', '09:00-12:00', more => ', duration => ''1 hour''')$$],
      'c offered room 09:00-10:00, m offered room 10:00-11:00, g waiting 1, a offered room 11:00-12:00')
  ) as turns (resource, waits, stands);
-- Who does not fit keeps their turn, and has it when they do.
select is(pg_temp.freed(array[$$pg_temp.wait('colleague', 'c', '09:00-11:00')$$, $$pg_temp.wait('member', 'm', '09:00-10:00')$$], ends => '10:00', more => array[$$tests.reserve('y', 'room', '10:00', '11:00', owner => 'approver')$$]), 'c waiting 1, m offered room 09:00-10:00', 'who does not fit is passed over');
select is(pg_temp.freed(array[$$pg_temp.wait('colleague', 'c', '09:00-11:00')$$, $$pg_temp.wait('member', 'm', '09:00-10:00')$$], ends => '10:00', more => array[$$tests.reserve('y', 'room', '10:00', '11:00', owner => 'approver')$$], call => $$api.cancel_reservation(tests.id('y')), api.cancel_reservation(tests.id('x'))$$),
  'c offered room 09:00-11:00, m waiting 1', 'until they do');
-- Who no longer waits, or is no member any more, has no turn.
select is(pg_temp.freed(array[$$pg_temp.wait('colleague', 'c', more => ', expires_at => tests.at(''08:15'')')$$, $$pg_temp.wait('member', 'm')$$, $$tests.clock('08:15')$$]), 'c waiting 1, m offered room 09:00-10:00', 'nor who waited until now');
select is(pg_temp.freed(array[$$pg_temp.wait('colleague', 'c')$$, $$pg_temp.wait('member', 'm')$$, $$pg_temp.does('colleague', 'api.leave_waitlist(tests.id(''c''))')$$]), 'c left, m offered room 09:00-10:00', 'who has left has none');
create function pg_temp.remove(who text) returns void language sql as $$ delete from booking.members where user_id = tests.id(who) $$;
select is(pg_temp.freed(array[$$pg_temp.wait('colleague', 'c')$$, $$pg_temp.wait('member', 'm')$$, $$pg_temp.remove('colleague')$$]), 'c left, m offered room 09:00-10:00', 'who was removed has none');

-- Where it fits: between others, with buffers, on the grid, within hours, not in what is over
select is(pg_temp.freed(waits, more => setup, starts => starts, ends => ends), 'c ' || stands, format('%s: %s', setup, stands))
  from (values
    (array[$$tests.rule('room', '{"buffer_before": "15 minutes", "buffer_after": "15 minutes"}')$$, $$tests.reserve('y', 'room', '11:00', '12:00')$$], '12:30', '17:45', array[$$pg_temp.wait('colleague', 'c', '10:15-18:00', more => ', duration => ''1 hour''')$$], 'offered room 12:30-13:30'),
    (array[$$tests.rule('room', '{"buffer_before": "15 minutes", "buffer_after": "15 minutes"}')$$, $$tests.reserve('y', 'room', '11:00', '12:00')$$, $$tests.reserve('z', 'room', '13:45', '20:00')$$], '12:30', '13:15', array[$$pg_temp.wait('colleague', 'c', '12:00-20:00', more => ', duration => ''1 hour''')$$], 'waiting 1'),
    (array[$$tests.rule('room', '{"slot_step": "30 minutes"}')$$], '08:30', '18:00', array[$$pg_temp.wait('colleague', 'c', '09:00-12:00', more => ', duration => ''1 hour''')$$], 'offered room 09:00-10:00'),
    (array[$$tests.rule('room', '{"slot_step": "30 minutes"}')$$], '08:30', '18:00', array[$$pg_temp.wait('colleague', 'c', '09:10-12:00', more => ', duration => ''1 hour''')$$], 'offered room 09:30-10:30'),
    (array[$$tests.reserve('y', 'room', '09:00', '09:40')$$, $$tests.rule('room', '{"slot_step": "30 minutes"}')$$], '09:40', '18:00', array[$$pg_temp.wait('colleague', 'c', '09:00-12:00', more => ', duration => ''1 hour''')$$], 'offered room 10:00-11:00'),
    (array[$$tests.hours('room', '{1}', '09:15', '12:00')$$, $$tests.hours('room', '{1}', '13:00', '18:00')$$, $$tests.reserve('y', 'room', '10:00', '11:30')$$], '11:30', '18:00', array[$$pg_temp.wait('colleague', 'c', '08:00-18:00', more => ', duration => ''1 hour''')$$], 'offered room 13:00-14:00'),
    (array[$$tests.hours('room', '{1}', '09:15', '12:00')$$, $$tests.rule('room', '{"slot_step": "30 minutes"}')$$], '08:30', '18:00', array[$$pg_temp.wait('colleague', 'c', '08:00-18:00', more => ', duration => ''1 hour''')$$], 'offered room 09:30-10:30'),
    (array[$$tests.hours('room', '{1}', '09:00', '12:00')$$, $$tests.exception('room', '2030-01-07', '15:00', '16:00')$$], '08:30', '18:00', array[$$pg_temp.wait('colleague', 'c', '08:00-18:00', more => ', duration => ''1 hour''')$$], 'offered room 15:00-16:00'),
    (array[$$tests.close('b', 'room', '08:00', '10:00')$$], '10:00', '18:00', array[$$pg_temp.wait('colleague', 'c', '08:00-18:00', more => ', duration => ''1 hour''')$$], 'offered room 10:00-11:00'),
    -- A step that does not divide a day begins anew at midnight.
    (array[$$tests.rule('room', '{"slot_step": "7 hours"}')$$], '08:30', '22:00', array[$$pg_temp.wait('colleague', 'c', '13:00-21:00', more => ', duration => ''7 hours''')$$], 'offered room 14:00-21:00'),
    -- What begins while they wait has its place from now on.
    (array['tests.clock(''08:00'')'], '08:30', '18:00', array[$$pg_temp.wait('colleague', 'c', '09:00-18:00', more => ', duration => ''1 hour''')$$, 'tests.clock(''10:30'')'], 'offered room 10:30-11:30'),
    (array['tests.clock(''08:00'')'], '08:30', '18:00', array[$$pg_temp.wait('colleague', 'c', '09:00-18:00', more => ', duration => ''2 hours''')$$, 'tests.clock(''10:30'')'], 'offered room 10:30-12:30'),
    -- A whole range is wanted as it is, begun or not.
    (array['tests.clock(''08:00'')'], '08:30', '18:00', array[$$pg_temp.wait('colleague', 'c', '09:00-18:00')$$, 'tests.clock(''10:30'')'], 'offered room 09:00-18:00')
  ) as places (setup, starts, ends, waits, stands);
create function pg_temp.across() returns text language plpgsql as $$
declare v_at timestamptz;
begin
  perform tests.be_dba(), tests.rule('room', '{"slot_step": "7 hours"}'), tests.reserve('y', 'room', '20:00', '22:30', owner => 'approver');
  perform tests.be('colleague');
  perform api.join_waitlist(tests.id('room'), tests.at('21:00'), tests.at('23:00', 1), duration => '7 hours', id => tests.id('c'));
  select r.starts_at into v_at from tests.id('c') i join booking.reservations r on r.waitlist_entry_id = i;
  raise exception using errcode = 'TT000';
exception when sqlstate 'TT000' then perform tests.be_dba(); return v_at;
end $$;
select is(pg_temp.across(), tests.at('00:00', 1)::text, 'the next step after the last of a day is midnight');
-- By the wall clock of the resource
create function pg_temp.zone(zone text) returns void language sql as $$ update booking.resources set timezone = zone where id = tests.id('room') $$;
select is(pg_temp.freed(array[$$pg_temp.wait('colleague', 'c', '09:00-12:00', more => ', duration => ''1 hour''')$$], starts => '09:10', more => array[$$pg_temp.zone('Asia/Kathmandu')$$, $$tests.reserve('y', 'room', '08:30', '09:10')$$, $$tests.rule('room', '{"slot_step": "1 hour"}')$$]),
  'c offered room 09:15-10:15', 'on the grid of Kathmandu');

-- No time twice
create function pg_temp.blocking(resource text, statuses booking.reservation_status[]) returns void language sql as $$ update booking.resources set blocking_statuses = statuses where id = tests.id(resource) $$;
select is(pg_temp.freed(array[$$pg_temp.wait('colleague', 'c')$$, $$pg_temp.wait('member', 'm')$$], more => array[$$pg_temp.blocking('room', '{confirmed, checked_in}')$$]), 'c offered room 09:00-10:00, m waiting 1', 'not even where a hold takes no time');
select is(pg_temp.freed(array[$$pg_temp.wait('colleague', 'c', resource => 'stage')$$, $$pg_temp.wait('member', 'm', resource => 'stage')$$], resource => 'stage', call => $$api.cancel_reservation(tests.id('x')), pg_temp.does('colleague', 'api.accept_offer(tests.id(''c''))')$$),
  'c accepted, m waiting 1', 'nor while what was accepted waits for approval');

-- Preemption: who is displaced waits again, in their old turn; who waits does not have what was taken from another.
create function pg_temp.preempted(waits text[], call text) returns text language plpgsql as $$
declare
  v_list text;
  v_step text;
  v_answer jsonb;
  v_check jsonb;
begin
  perform tests.be_dba(), tests.rule('room', '{"allow_preemption": true, "max_priority": 9}');
  foreach v_step in array waits loop
    execute 'select ' || v_step;
  end loop;
  perform tests.be('manager');
  v_check := tests.answer($c$ select api.check_reservation_conflict(tests.id('room'), tests.at('09:00'), tests.at('10:00'), priority => 5) $c$);
  begin
    perform api.create_reservation(tests.id('room'), tests.at('09:00'), tests.at('10:00'), title => 'VIP', priority => 5, id => tests.id('vip'));
    perform tests.be_dba();
    v_list := coalesce(tests.draw('room'), 'free') || '; ' || pg_temp.list();
    if call is not null then
      perform pg_temp.does('manager', call);
      v_list := coalesce(tests.draw('room'), 'free') || '; ' || pg_temp.list();
    end if;
    v_list := v_list || coalesce((select string_agg(format(', BUT invariant %s: %s', invariant, problem), '') from booking.verify_invariants()), '');
  exception
    when others then v_list := sqlerrm;
  end;
  v_list := v_list || case when v_check ? 'rows' <> v_list ~ 'VIP|free|;' then ', BUT the check said ' || v_check::text else '' end;
  raise exception using errcode = 'TT000';
exception
  when sqlstate 'TT000' then
    perform tests.be_dba();
    return v_list;
end $$;
select is(pg_temp.preempted(waits, call), stands, stands)
  from (values
    (array[$$tests.reserve('h', 'room', '09:00', '10:00', 'held')$$, $$pg_temp.wait('colleague', 'c')$$], null, 'VIP 09:00-10:00; c waiting 1'),
    (array[$$tests.reserve('h', 'room', '09:00', '11:00', 'held')$$, $$pg_temp.wait('colleague', 'c', '10:00-11:00')$$], null, 'VIP 09:00-10:00, c 10:00-11:00; c offered room 10:00-11:00'),
    (array[$$pg_temp.wait('colleague', 'c')$$], null, 'VIP 09:00-10:00; c waiting 1'),
    (array[$$pg_temp.wait('colleague', 'c')$$, $$pg_temp.wait('member', 'm')$$], null, 'VIP 09:00-10:00; c waiting 1, m waiting 2'),
    (array[$$pg_temp.wait('colleague', 'c')$$, $$pg_temp.wait('member', 'm')$$], $$api.cancel_reservation(tests.id('vip'))$$, 'c 09:00-10:00; c offered room 09:00-10:00, m waiting 1'),
    (array[$$pg_temp.wait('colleague', 'c', more => ', priority => 5')$$], null, 'slot_taken')
  ) as preemptions (waits, call, stands);

-- An expired hold that somebody waits for: the check says what the write does, whether or not it is theirs who wait.
create function pg_temp.stale(waits text[], starts text, ends text, resource text default 'room') returns text language plpgsql as $$
declare
  v_step text;
  v_answer text;
begin
  perform tests.be_dba(), tests.reserve('h', resource, '09:00', '10:00', 'held', owner => 'approver');
  foreach v_step in array waits loop
    execute 'select ' || v_step;
  end loop;
  perform tests.clock('08:10');
  perform tests.be_dba();
  select case when a.value is null then 'free' when a.value ? 'message' then a.value ->> 'message'
              -- What is in the way is another thing before it has been cleared away than after.
              when (select count(distinct coalesce(v ->> 'message', 'free')) = 1 from jsonb_each(a.value) e (k, v)) then coalesce(a.value -> 'create' ->> 'message', 'free') else 'they disagree: ' || (select string_agg(k || ' ' || coalesce(v ->> 'message', 'free'), ', ') from jsonb_each(a.value) e (k, v)) || ' ' || left((a.value -> 'check')::text, 300) || (a.value -> 'create')::text end into v_answer
    from (select tests.everywhere('member', resource, tests.at(starts), tests.at(ends)) as value) a;
  raise exception using errcode = 'TT000';
exception
  when sqlstate 'TT000' then
    perform tests.be_dba();
    return v_answer;
end $$;
select is(pg_temp.stale(waits, starts, ends), says, format('%s, asked for %s to %s: %s', waits, starts, ends, says))
  from (values
    ('{}'::text[], '09:00', '10:00', 'free'),
    (array[$$pg_temp.wait('colleague', 'c')$$], '09:00', '10:00', 'slot_taken'),
    (array[$$pg_temp.wait('colleague', 'c', '09:00-09:30')$$], '09:00', '09:30', 'slot_taken'),
    (array[$$pg_temp.wait('colleague', 'c', '09:00-09:30')$$], '09:30', '10:00', 'free'),
    (array[$$tests.reserve('y', 'room', '10:00', '11:00', owner => 'approver')$$, $$pg_temp.wait('colleague', 'c', '09:00-11:00')$$], '09:00', '10:00', 'free'),
    (array[$$pg_temp.wait('colleague', 'c', more => ', expires_at => tests.at(''08:05'')')$$], '09:00', '10:00', 'free'),
    (array[$$pg_temp.wait('colleague', 'c')$$, $$pg_temp.remove('colleague')$$], '09:00', '10:00', 'free'),
    (array[$$pg_temp.wait('colleague', 'c', '08:00-12:00', more => ', duration => ''30 minutes''')$$], '09:30', '10:00', 'free')
  ) as stale (waits, starts, ends, says);
-- What is offered
select tests.rule('studio', '{"offer_ttl": "30 minutes", "buffer_after": "15 minutes"}');
select tests.reserve('given', 'studio', '09:00', '10:00');
select pg_temp.wait('colleague', 'c', '09:00-10:00', 'studio', ', priority => 3');
select pg_temp.does('member', $$api.cancel_reservation(tests.id('given'), 'ill')$$);
create function pg_temp.offer(name text) returns booking.reservations language sql security definer as $$ select * from booking.reservations where waitlist_entry_id = tests.id(name) order by created_at desc, version limit 1 $$;
select is(array[r.status::text, r.owner_id::text, r.title::text, r.priority::text, r.units::text, r.starts_at::text, r.ends_at::text, r.expires_at::text, r.buffer_after::text, r.version::text],
  array['held', tests.id('colleague')::text, 'c', '3', '1', tests.at('09:00')::text, tests.at('10:00')::text, tests.at('08:30')::text, '00:15:00', '1'], 'a hold of theirs, for offer_ttl') from pg_temp.offer('c') r;
select is(tests.draw('studio'), 'c 09:00-10:15', 'which takes its time');
select results_eq($$ select e.type, e.actor_id, e.reason::text, e.override, coalesce(e.subject ->> 'title', '') from booking.events e where e.resource_id = tests.id('studio') and type !~ '^resource' order by seq $$,
  $$ values ('reservation.confirmed', null::uuid, null::text, false, 'given'), ('waitlist.joined', tests.id('colleague'), null, false, 'c'), ('reservation.cancelled', tests.id('member'), 'ill', false, 'given'), ('waitlist.offered', null, null, false, 'c'), ('reservation.held', null, null, false, 'c') $$,
  'by nobody; who cancelled has cancelled, and no more');
select tests.be('colleague');
select is(array[w.status::text, w.position::text, w.offered_reservation_id::text, w.offer_expires_at::text, w.version::text], array['offered', null, r.id::text, tests.at('08:30')::text, '2'], 'they see it, and until when') from api.waitlist_entries w, pg_temp.offer('c') r;
select is(count(*), 1::bigint, 'among their reservations, too') from api.reservations where status = 'held';
select tests.be_dba();
select tests.reserve('x2', 'studio', '08:00', '08:20'), pg_temp.wait('member', 'm2', '08:00-08:20', 'studio'), pg_temp.does('member', $$api.cancel_reservation(tests.id('x2'))$$);
select is((pg_temp.offer('m2')).expires_at, tests.at('08:20'), 'no longer than until it is over');
select is(tests.everywhere('manager', 'studio', tests.at('09:00'), tests.at('10:00')) ->> 'message', 'slot_taken', 'nobody else has it');
select is_empty('select * from booking.verify_invariants()', 'all is in order');

-- A resource that goes in the same statement as what was booked on it is not waited for.
select tests.be_dba();
insert into booking.resources (tenant_id, id, name) values (tests.id('acme'), tests.id('going'), 'going');
select tests.reserve('on it', 'going', '09:00', '10:00');
set local statement_timeout = '5s';
with gone as (delete from booking.reservations where id = tests.id('on it')) delete from booking.resources where id = tests.id('going');
select is_empty($$ select from booking.resources where id = tests.id('going') $$, 'a resource and its reservations go together');

select * from finish();
rollback;
