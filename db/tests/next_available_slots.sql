-- api.next_available_slots(): when what is wanted can next be booked.
begin;
select no_plan();
select tests.world();
update booking.resources set seats = 8, tags = '{screen}' where id = tests.id('room');
update booking.resources set kind = 'desk' where id = tests.id('desks');
delete from booking.resources where id = tests.id('stage');

-- "room 09:00 room 10:00", with the day if it is not that Monday.
create function pg_temp.slots(duration interval, resource text default null, kind text default null, tags text[] default null, min_seats integer default null,
  after timestamptz default null, before timestamptz default null, units integer default 1, most integer default 3) returns text language sql
as $$
  select string_agg(s.name || to_char(s.starts_at, case when s.starts_at < tests.at('00:00', 1) then ' HH24:MI' else ' MM-DD HH24:MI' end), ', ' order by s.ordinality)
    from api.next_available_slots(duration, tests.id(resource), kind, tags, min_seats, after, before, units, most) with ordinality s
$$;

select tests.reserve('a', 'room', '08:30', '10:00', owner => 'colleague');
select tests.reserve('d', 'desks', '08:00', '09:00', units => 2);
select tests.be('member');
select is(pg_temp.slots('1 hour', 'room'), 'room 10:00, room 11:00, room 12:00', 'from now on, back to back');
select is(pg_temp.slots('30 minutes', 'room'), 'room 08:00, room 10:00, room 10:30', 'in whatever gap it fits');
select is(pg_temp.slots('1 hour', 'room', after => tests.at('10:20')), 'room 10:20, room 11:20, room 12:20', 'from then on');
select is(pg_temp.slots('1 hour', 'room', before => tests.at('12:00')), 'room 10:00, room 11:00', 'until then');
select is(pg_temp.slots('1 hour', 'room', after => tests.at('00:00'), most => 1), 'room 10:00', 'nothing that is over');
select is(pg_temp.slots('1 hour', 'room', after => tests.at('00:00'), before => tests.at('07:00')), null, 'not even if nothing else is asked for');
select is(pg_temp.slots('1 hour', 'room', before => tests.at('07:00')), null, 'however it is said');
select is(pg_temp.slots('1 hour', 'desks', units => 2, most => 1), 'desks 09:00', 'as many as one needs');
select is(pg_temp.slots('1 hour', 'closed'), null, 'not of what is closed');
select is((select array[s.resource_id::text, s.ends_at::text] from api.next_available_slots('1 hour', tests.id('room'), max_results => 1) s), array[tests.id('room')::text, tests.at('11:00')::text], 'with its resource and its end');
-- Of any
select is(pg_temp.slots('1 hour', most => 4), 'studio 08:00, desks 08:00, studio 09:00, desks 09:00', 'of any, the earliest first, then the best fit');
select is(pg_temp.slots('1 hour', kind => 'desk', most => 1), 'desks 08:00', 'of a kind');
select is(pg_temp.slots('1 hour', tags => '{screen}', most => 1), 'room 10:00', 'with a tag');
select is(pg_temp.slots('1 hour', min_seats => 8, most => 1), 'room 10:00', 'with seats');
select is(pg_temp.slots('1 hour', kind => 'ship'), null, 'none is none');
-- By the rules
select tests.be_dba();
select tests.rule('room', '{"slot_step": "45 minutes", "min_notice": "3 hours"}');
select tests.hours('room', '{1}', '10:00', '13:00');
select tests.exception('room', '2030-01-21');
select tests.be('member');
select is(pg_temp.slots('45 minutes', 'room', most => 4), 'room 11:15, room 12:00, room 01-14 10:30, room 01-14 11:15', 'on the grid, with notice, across closed days');
select is(pg_temp.slots('45 minutes', 'room', after => tests.at('12:30', 7), most => 1), 'room 01-28 10:30', 'and exceptions');
select is(pg_temp.slots('50 minutes', 'room'), null, 'never, if it does not fit onto the grid');
select tests.be_dba();
select tests.rule(null, '{"max_per_day": 1, "max_advance": "7 days"}');
select tests.reserve('mine', 'studio', '20:00', '21:00');
select tests.be('member');
select is(pg_temp.slots('45 minutes', 'room', most => 9), null, 'whose day is full: nothing today, and next Monday is too far ahead');
select is(pg_temp.slots('12 hours', 'studio', most => 9), 'studio 01-08 00:00, studio 01-08 12:00, studio 01-09 00:00, studio 01-09 12:00, studio 01-10 00:00, studio 01-10 12:00, studio 01-11 00:00, studio 01-11 12:00, studio 01-12 00:00', 'tomorrow their quota is fresh');
-- The hint of a refusal is the same.
select tests.be('colleague');
select is((tests.details($$ select api.create_reservation(tests.id('studio'), tests.at('20:00'), tests.at('21:00')) $$) ->> 'next_free_at')::timestamptz, tests.at('00:00', 1), 'a refusal names what would be accepted: of the one who asks, whose day is full');
select tests.be('manager');
select is((tests.details($$ select api.create_reservation(tests.id('studio'), tests.at('20:00'), tests.at('21:00')) $$) ->> 'next_free_at')::timestamptz, tests.at('21:00'), 'of another, whose is not');

-- Of a pinned unit, it is that unit's: another is free at once, and what is not pinned would make room.
select tests.be_dba();
select tests.reserve('p1', 'desks', '13:00', '15:00', 'confirmed', 'colleague', unit => 1);
select tests.reserve('p2', 'desks', '15:30', '16:00', 'confirmed', 'colleague', unit => 1);
select tests.reserve('loose', 'desks', '15:00', '15:30', 'confirmed', 'colleague');
select tests.be('manager');
create function pg_temp.next_of(arguments text) returns text language sql as $$
  select to_char((tests.details(format('select api.create_reservation(tests.id(''desks''), %s)', arguments)) ->> 'next_free_at')::timestamptz, 'MM-DD HH24:MI')
$$;
select is(pg_temp.next_of($$tests.at('14:00'), tests.at('14:30'), unit => 1$$), '01-07 15:00', 'a pinned unit''s next time is its own');
select is(pg_temp.next_of($$tests.at('14:00'), tests.at('15:00'), unit => 1$$), '01-07 16:00', 'between two that are pinned there is too little');
select is(pg_temp.next_of($$tests.at('14:00'), tests.at('15:00'), units => 3$$), '01-07 16:00', 'of all units, when all are free');
select tests.rule('desks', '{"buffer_after": "10 minutes", "slot_step": "15 minutes"}');
select is(pg_temp.next_of($$tests.at('14:00'), tests.at('14:15'), unit => 1$$), '01-07 15:00', 'what comes next is far enough');
select is(pg_temp.next_of($$tests.at('14:00'), tests.at('14:30'), unit => 1$$), '01-07 16:00', 'or, with its buffer, too near');
select lives_ok($$ select api.create_reservation(tests.id('desks'), tests.at('16:00'), tests.at('16:30'), unit => 1) $$, 'and is true');

-- Who asks how
select tests.be('member');
select is(tests.answer(format('select api.next_available_slots(%s)', arguments)) ->> 'message', slug, format('%s: %s', slug, arguments))
  from (values ('null', 'invalid_argument'), ('''0''', 'invalid_argument'), ('''-1 hour''', 'invalid_argument'), ('''1 hour'', units => 0', 'invalid_argument'), ('''1 hour'', max_results => 0', 'invalid_argument'),
               ('''1 hour'', max_results => 1001', 'invalid_argument'), ('''1 hour'', after => ''infinity''', 'invalid_argument'), ('''1 hour'', before => ''-infinity''', 'invalid_argument'),
               ('''1 hour'', after => tests.at(''10:00''), before => tests.at(''10:00'')', 'invalid_time_range'), ('''1 hour'', after => tests.at(''10:00''), before => tests.at(''09:00'')', 'invalid_time_range'),
               ('''1 hour'', after => ''20000-01-01''', 'invalid_time_range'), ('''2 hours'', after => tests.at(''10:00''), before => tests.at(''11:00'')', 'invalid_argument'),
               ('''1 hour'', tests.id(''theirs'')', 'not_found'), ('''1 hour'', tests.id(''nowhere'')', 'not_found')) as bad (arguments, slug);
select tests.be('stranger');
select is(pg_temp.slots('1 hour', most => 1), 'theirs 08:00', 'a stranger finds their own');
select tests.be('stranger', 'acme');
select throws_ok($$ select api.next_available_slots('1 hour') $$, 'PT403', 'forbidden', 'and nothing where they are no member');
select tests.be_nobody();
select throws_ok($$ select api.next_available_slots('1 hour') $$, '42501', null, 'nobody finds nothing');

select * from finish();
rollback;
