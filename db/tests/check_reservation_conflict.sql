-- api.check_reservation_conflict says what api.create_reservation would, and changes nothing.
begin;
select no_plan();
select tests.world();
select tests.reserve('a', 'room', '09:00', '10:00');
select tests.reserve('t', 'room', '11:00', '12:00', 'tentative');
select tests.reserve('d', 'desks', '09:00', '10:00', units => 2);
select tests.reserve('p', 'stage', '09:00', '10:00', 'pending');
create temp table before as select tests.digest();
grant select on before to public;

select tests.be('member');
select is(api.check_reservation_conflict(tests.id('studio'), tests.at('10:00'), tests.at('11:00')),
  '{"available": true, "advisories": []}', 'what is free is available');
select is(api.check_reservation_conflict(tests.id('room'), tests.at('09:30'), tests.at('10:30'), exclude_reservation_id => tests.id('a')) ->> 'available',
  'true', 'the reservation that is to move is not in its own way');
select throws_ok($$ select api.check_reservation_conflict(tests.id('room'), tests.at('09:30'), tests.at('10:30'), exclude_reservation_id => tests.id('d')) $$,
  'PT409', 'slot_taken', 'another does not help');

-- The same question, put to both.
create temp table questions as
select resource, starts, ends, units,
       format('tests.id(%L), tests.at(%L), tests.at(%L), units => %L', resource, starts, ends, units) as arguments
  from unnest('{room, desks, stage, closed, theirs, nowhere}'::text[]) resource
 cross join (values ('06:00', '07:00'), ('07:00', '08:30'), ('08:30', '09:00'), ('09:00', '10:00'), ('09:30', '11:30'),
                    ('11:00', '12:00'), ('12:00', '12:00'), ('13:00', '12:00'), (null, '12:00')) as ranges (starts, ends)
 cross join unnest('{1, 2, 3, 4, 0, null}'::integer[]) units;
select is(tests.answer(format('select api.check_reservation_conflict(%s)', arguments)),
          tests.answer(format('select api.create_reservation(%s)', arguments)),
          format('of %s %s, %s-%s: the same as the booking', coalesce(units::text, 'null'), resource, starts, ends))
  from questions;
select tests.be_dba();
select is(tests.digest(), digest, 'nothing has changed') from before;

-- Of what stale holds and priorities leave
select tests.rule('desks', '{"allow_preemption": true, "max_priority": 2}');
select tests.reserve('stale', 'studio', '09:00', '10:00', 'held', expires => '08:00');
select tests.reserve('held', 'studio', '10:00', '11:00', 'held');
select tests.reserve('low', 'desks', '10:00', '11:00', 'held', priority => 0);
select tests.reserve('high', 'desks', '10:00', '11:00', 'pencilled', priority => 1);
select tests.reserve('firm', 'desks', '10:00', '11:00');
select tests.reserve('old', 'desks', '11:00', '12:00', 'held', units => 3, expires => '08:00');
truncate before;
insert into before select tests.digest();
select tests.be('member');
create temp table more as
select format('tests.id(%L), tests.at(%L), tests.at(%L), units => %L, priority => %L', resource, starts, ends, units, priority) as arguments
  from unnest('{studio, desks, room}'::text[]) resource
 cross join (values ('09:00', '10:00'), ('09:30', '10:30'), ('10:00', '11:00'), ('10:30', '11:30'), ('11:00', '12:00')) as ranges (starts, ends)
 cross join generate_series(1, 3) units
 cross join unnest('{0, 1, 2, 3, -1, null}'::integer[]) priority;
select is(tests.answer(format('select api.check_reservation_conflict(%s)', arguments)), tests.answer(format('select api.create_reservation(%s)', arguments)),
          format('the same as the booking: %s', arguments)) from more;
select tests.be_dba();
select is(tests.digest(), digest, 'nothing has changed') from before;

-- Where somebody waits for what has expired, and has it first
select tests.clock('07:59');
select tests.be('colleague');
select is(array[(api.join_waitlist(tests.id('studio'), tests.at('09:00'), tests.at('10:00'))).status::text, (api.join_waitlist(tests.id('desks'), tests.at('11:00'), tests.at('12:00'), 2)).status::text], '{waiting,waiting}', 'they wait');
select tests.be('approver');
select is((api.join_waitlist(tests.id('desks'), tests.at('10:00'), tests.at('13:00'), 2, duration => '90 minutes', priority => 1)).status::text, 'waiting', 'another for any place');
select tests.be('member');
select is((api.join_waitlist(tests.id('room'), tests.at('20:00'), tests.at('21:00'), id => tests.id('w'))).status::text, 'offered', 'and one is offered');
select tests.be_dba();
select tests.clock('08:00');
select tests.reserve('mover', 'studio', '13:00', '14:00'), tests.reserve('desk', 'desks', '13:00', '14:00', units => 2), tests.reserve('gone', 'room', '13:00', '14:00');
update booking.reservations set status = 'cancelled' where id = tests.id('gone');
select id as offer from booking.reservations where waitlist_entry_id = tests.id('w') \gset
truncate before;
insert into before select tests.digest();
select tests.be('member');
select is(tests.answer(format('select api.check_reservation_conflict(%s)', arguments)), tests.answer(format('select api.create_reservation(%s)', arguments)),
          format('the same as the booking where somebody waits: %s', arguments)) from more;
select is(tests.answer(format('select api.check_reservation_conflict(tests.id(%L), tests.at(%L), tests.at(%L), units => %s, exclude_reservation_id => %L)', resource, starts, ends, units, id)),
          tests.answer(format('select api.reschedule_reservation(%L, tests.at(%L), tests.at(%L), tests.id(%L), units => %s)', id, starts, ends, resource, units)),
          format('the same as the move: of %s to %s %s-%s, %s', mover, resource, starts, ends, units))
  from (values ('mover', tests.id('mover')), ('desk', tests.id('desk')), ('stale', tests.id('stale')), ('gone', tests.id('gone')), ('offer', :'offer')) as movers (mover, id)
 cross join unnest('{studio, desks, room}'::text[]) resource
 cross join (values ('09:00', '10:00'), ('11:00', '12:00'), ('10:30', '11:30'), ('13:30', '14:30')) as ranges (starts, ends)
 cross join generate_series(1, 2) units;
select tests.be_dba();
select is(tests.digest(), digest, 'nothing has changed') from before;

select tests.reserve('o', 'stage', '14:00', '15:00');
select tests.be('member');
select is(tests.answer($$ select api.check_reservation_conflict(tests.id('stage'), tests.at('14:00'), tests.at('15:00')) $$),
  tests.answer($$ select api.create_reservation(tests.id('stage'), tests.at('14:00'), tests.at('15:00')) $$),
  'where approval is required, too, it says what the booking does');

select * from finish();
rollback;
