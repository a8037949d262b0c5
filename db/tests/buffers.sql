-- Buffers: the time a reservation takes before and after, summed between neighbours; the check, the write and the search agree.
begin;
select no_plan();
select tests.world();
select tests.rule('room', '{"buffer_before": "15 minutes", "buffer_after": "30 minutes"}');
select tests.rule('desks', '{"buffer_after": "1 hour"}');
update booking.resources set timezone = 'Europe/Berlin' where id = tests.id('studio');

-- What is taken
select tests.reserve('a', 'room', '10:00', '11:00', owner => 'colleague');
select is(array[r.starts_at::text, r.ends_at::text, r.buffer_before::text, r.buffer_after::text, tests.claims('a')::text], array[tests.at('10:00')::text, tests.at('11:00')::text, '00:15:00', '00:30:00', '{"room 1 09:45-11:30"}'], 'it takes more than it lasts')
  from tests.reservation('a') r;
select is(tests.everywhere('member', 'room', starts, ends) ->> 'message', slug, format('%s to %s: %s', starts, ends, coalesce(slug, 'free')))
  from (values
    (tests.at('08:00'), tests.at('09:15'), null), (tests.at('08:00'), tests.at('09:15:00.000001'), 'slot_taken'), (tests.at('09:15'), tests.at('09:45'), 'slot_taken'),
    (tests.at('11:45'), tests.at('12:45'), null), (tests.at('11:44:59.999999'), tests.at('12:45'), 'slot_taken'), (tests.at('11:30'), tests.at('12:30'), 'slot_taken'), (tests.at('11:00'), tests.at('12:00'), 'slot_taken')
  ) as asked (starts, ends, slug);
select is(tests.everywhere('member', 'room', tests.at('11:30'), tests.at('12:30')) - 'code', jsonb_build_object('message', 'slot_taken', 'hint', 'room is booked 09:45–11:30; next free at 11:45.',
    'details', jsonb_build_object('next_free_at', tests.at('11:45'), 'conflicts', jsonb_build_array(jsonb_build_object('resource_id', tests.id('room'), 'kind', 'reservation', 'starts_at', tests.at('09:45'), 'ends_at', tests.at('11:30'))))),
  'what is told to be free next is, buffers and all');
-- Whatever is asked for: what is told to be free next can be had, and nothing before it.
select is(tests.everywhere('member', 'room', next, next + (ends - starts)), null, format('%s to %s: next is %s', starts, ends, next))
  from (values (tests.at('09:30'), tests.at('10:30')), (tests.at('10:00'), tests.at('11:00')), (tests.at('09:00'), tests.at('09:45')), (tests.at('11:29'), tests.at('23:00'))) as asked (starts, ends),
       lateral (select (tests.everywhere('member', 'room', starts, ends) #>> '{details,next_free_at}')::timestamptz) n (next);
select is(tests.everywhere('member', 'room', next - interval '1 second', next - interval '1 second' + (ends - starts)) ->> 'message', 'slot_taken', format('%s to %s: not before', starts, ends))
  from (values (tests.at('09:30'), tests.at('10:30')), (tests.at('11:29'), tests.at('23:00'))) as asked (starts, ends),
       lateral (select (tests.everywhere('member', 'room', starts, ends) #>> '{details,next_free_at}')::timestamptz) n (next);
-- Between two: 11:45 to 13:15 is what a gap from 11:30 to 13:45 leaves.
select tests.reserve('b', 'room', '14:00', '15:00', owner => 'colleague');
select is(tests.everywhere('member', 'room', tests.at('11:45'), tests.at('13:15')), null, 'a gap is filled to the brim');
select is(tests.everywhere('member', 'room', tests.at('11:45'), tests.at('13:15:01')) ->> 'message', 'slot_taken', 'and no further');

-- Across midnight, and the change of clocks
select tests.book('m', 'room', tests.at('22:00'), tests.at('23:50'), owner => 'colleague');
select is(tests.claims('m'), '{room 1 21:45-00:20}', 'past midnight');
select is(tests.everywhere('member', 'room', tests.at('00:34', 1), tests.at('01:00', 1)) ->> 'message', 'slot_taken', 'one minute too soon the day after');
select is(tests.everywhere('member', 'room', tests.at('00:35', 1), tests.at('01:00', 1)), null, 'then free');
select tests.rule('studio', '{"buffer_before": "1 day", "buffer_after": "2 hours"}');
set local timezone = 'Europe/Berlin';
select tests.book('dst', 'studio', '2030-03-31 12:00+02', '2030-03-31 13:00+02', owner => 'colleague');
set local timezone = 'UTC';
select is(during, '[2030-03-30 10:00+00, 2030-03-31 13:00+00)', 'a day before is 24 hours, whatever the clocks do') from booking.claims where source_id = tests.id('dst');
select is(tests.everywhere('member', 'studio', '2030-03-29 08:00+01', '2030-03-30 09:00+01'), null, 'two hours after it, and then a day before');
select is(tests.everywhere('member', 'studio', '2030-03-29 08:00+01', '2030-03-30 09:00:01+01') ->> 'message', 'slot_taken', 'and no second more');
set local timezone = 'Europe/Berlin';
select is(tests.everywhere('member', 'studio', '2030-03-29 08:00+01', '2030-03-30 09:00+01'), null, 'whatever the session''s zone');
set local timezone = 'UTC';

-- Of a pool, each unit on its own
select tests.reserve('d' || n, 'desks', '09:00', '10:00', owner => 'colleague') from generate_series(1, 2) n;
select is(tests.everywhere('member', 'desks', tests.at('10:30'), tests.at('11:30'), 1), null, 'a third unit has no buffer to keep');
select is(tests.everywhere('member', 'desks', tests.at('10:30'), tests.at('11:30'), 2) ->> 'message', 'slot_taken', 'two of them have');
select is(tests.everywhere('member', 'desks', tests.at('11:00'), tests.at('12:00'), 3), null, 'until it is over');
select is(tests.everywhere('member', 'desks', tests.at('07:30'), tests.at('08:01'), 2) ->> 'message', 'slot_taken', 'one''s own counts, too');

-- Blackouts: the buffer lies outside of them.
select tests.close('works', 'room', '18:00', '19:00');
select is(tests.everywhere('member', 'room', tests.at('16:00'), tests.at('17:30')), null, 'before a blackout');
select is(tests.everywhere('member', 'room', tests.at('16:00'), tests.at('17:31')) ->> 'message', 'blackout', 'the buffer after is not in it');
select is(tests.everywhere('member', 'room', tests.at('19:15'), tests.at('20:15')), null, 'after one');
select is(tests.everywhere('member', 'room', tests.at('19:14'), tests.at('20:15')) ->> 'message', 'blackout', 'nor is the one before');
-- Notice and hours are for the time itself.
select tests.rule(null, '{"min_notice": "0"}');
select is(tests.everywhere('member', 'room', tests.at('08:00'), tests.at('09:00')), null, 'what is before it may have begun');

-- Set when it is made or moved, and not by a rule that comes later.
update booking.booking_rules set buffer_before = '0', buffer_after = '0' where resource_id = tests.id('room');
select is(tests.claims('a') || tests.claims('b'), '{room 1 09:45-11:30, room 1 13:45-15:30}', 'a rule moves nothing that is there');
select is_empty('select * from booking.verify_invariants()', 'all is in order');
select is(tests.everywhere('member', 'room', tests.at('11:30'), tests.at('13:45')), null, 'what is new has none, and keeps to the others''');
select is(tests.everywhere('member', 'room', tests.at('11:29'), tests.at('13:45')) ->> 'message', 'slot_taken', 'their buffers stay');
select tests.be('colleague');
select lives_ok($$ select api.update_reservation(tests.id('a'), 'x') $$, 'renamed');
select is(tests.claims('a'), '{room 1 09:45-11:30}', 'it keeps its own');
select lives_ok($$ select api.reschedule_reservation(tests.id('a'), tests.at('10:00'), tests.at('11:15')) $$, 'moved');
select is(tests.claims('a'), '{room 1 10:00-11:15}', 'it has the new ones');
select tests.be_dba();
update booking.booking_rules set buffer_before = '15 minutes', buffer_after = '30 minutes' where resource_id = tests.id('room');
select tests.be('colleague');
select is(tests.answer($$ select api.reschedule_reservation(tests.id('b'), tests.at('11:30'), tests.at('12:30')) $$), '{"rows": 1}', 'the buffer before of one and none after of the other');
select is(tests.answer($$ select api.check_reservation_conflict(tests.id('room'), tests.at('11:29'), tests.at('12:30'), exclude_reservation_id => tests.id('b')) $$) ->> 'message', 'slot_taken', 'are 15 minutes');
select is(tests.answer($$ select api.reschedule_reservation(tests.id('b'), tests.at('11:29'), tests.at('12:30')) $$) ->> 'message', 'slot_taken', 'as the move finds');
-- Neighbours that shift together, and what moves within its own buffer
select tests.be_dba();
select tests.reserve('n1', 'stage', '10:00', '11:00'), tests.reserve('n2', 'stage', '12:00', '13:00');
delete from booking.booking_rules where resource_id is null;
select tests.rule('stage', '{"buffer_before": "30 minutes", "buffer_after": "30 minutes"}');
update booking.resources set requires_approval = false where id = tests.id('stage');
select tests.be('member');
select is(tests.answer(format('select api.move_reservations(%L)', jsonb_agg(jsonb_build_object('reservation_id', tests.id(n), 'starts_at', r.starts_at + interval '30 minutes', 'ends_at', r.ends_at + interval '30 minutes')))), '{"rows": 2}',
  'neighbours shift together') from unnest('{n1, n2}'::text[]) n, tests.reservation(n) r;
select is(tests.answer(format('select api.move_reservations(%L)', jsonb_build_array(jsonb_build_object('reservation_id', tests.id('n1'), 'starts_at', tests.at('10:30'), 'ends_at', tests.at('11:30')),
  jsonb_build_object('reservation_id', tests.id('n2'), 'starts_at', tests.at('12:15'), 'ends_at', tests.at('13:15'))))) ->> 'message', 'slot_taken', 'but not closer than their buffers');
-- A hold, pencilled in, confirmed: it keeps them.
select tests.reserve('h', 'room', '01:00', '02:00', 'held');
select tests.reserve('t', 'room', '01:30', '02:30', 'tentative');
select is(tests.claims('h') || tests.claims('t'), '{room 1 00:45-02:30}', 'a hold has them, what is tentative takes nothing');
select tests.be_dba();
update booking.booking_rules set buffer_before = '1 hour', buffer_after = '1 hour' where resource_id = tests.id('room');
update booking.reservations set status = 'confirmed' where id = tests.id('h');
select is(tests.claims('h'), '{room 1 00:45-02:30}', 'confirmed, the same');
update booking.reservations set status = 'cancelled' where id = tests.id('h');
update booking.reservations set status = 'confirmed' where id = tests.id('t');
select is(tests.claims('t'), '{room 1 01:15-03:00}', 'what was tentative has those of when it was made');
select is((tests.reservation('h')).buffer_before, '15 minutes', 'what is over says what it had');

-- Nobody gives them but the rules, and a DBA.
select is(count(*), 0::bigint, 'no function takes a buffer') from pg_proc where pronamespace = 'api'::regnamespace and proargnames && '{buffer_before, buffer_after}';
select tests.be('manager');
select lives_ok($$ select api.create_reservation(tests.id('room'), tests.at('09:00', 3), tests.at('10:00', 3), override => true, reason => 'x', id => tests.id('o')) $$, 'an override');
select is(tests.claims('o'), '{room 1 08:00-11:00}', 'has them, too');
select is(tests.answer($$ select api.create_reservation(tests.id('room'), tests.at('10:30', 3), tests.at('11:30', 3), override => true, reason => 'x') $$) ->> 'message', 'slot_taken', 'and keeps to them');
select tests.be_dba();
select throws_ok(format('update booking.reservations set buffer_after = %L where id = tests.id(''o'')', wrong), code, null, format('a buffer is not %L', wrong))
  from (values ('-1 minute', '23514'), ('31 days', '23514'), (null, '23502')) as wrongs (wrong, code);
update booking.reservations set buffer_after = '5 minutes' where id = tests.id('o');
select is(tests.claims('o'), '{room 1 08:00-10:05}', 'a DBA may change one, and the claim follows');
select is_empty('select * from booking.verify_invariants()', 'all is in order');

select * from finish();
rollback;
