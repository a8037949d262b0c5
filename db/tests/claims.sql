-- Claims follow reservations, whoever writes, and cannot overlap.
begin;
select no_plan();
select tests.world();

-- A DBA in psql
select tests.reserve('a', 'room', '09:00', '10:00');
select is(tests.claims('a'), '{room 1 09:00-10:00}', 'an insert takes its time');
select throws_ok($$ select tests.reserve('b', 'room', '09:30', '10:30') $$, 'PT409', 'slot_taken', 'which a DBA cannot take again');
select tests.reserve('b', 'room', '10:00', '11:00');
select tests.reserve('c', 'room', '11:00', '12:00');
select is(tests.claims('b'), '{room 1 10:00-11:00}', 'ranges are half-open: neighbours do not conflict');
update booking.reservations set ends_at = tests.at('09:30') where id = tests.id('a');
select is(tests.claims('a'), '{room 1 09:00-09:30}', 'an update changes it');
update booking.reservations set resource_id = tests.id('studio') where id = tests.id('a');
select is(tests.claims('a'), '{studio 1 09:00-09:30}', 'another resource, too');
update booking.reservations set resource_id = tests.id('room'), ends_at = tests.at('10:00') where id = tests.id('a');
update booking.reservations set title = 'x' where id = tests.id('a');
select is(tests.claims('a'), '{room 1 09:00-10:00}', 'a new title does not');
select throws_ok($$ update booking.reservations set ends_at = tests.at('10:30') where id = tests.id('a') $$,
  'PT409', 'slot_taken', 'an update cannot take what is taken');
select is(tests.claims('a'), '{room 1 09:00-10:00}', 'and then keeps what it had');

update booking.reservations set starts_at = starts_at + interval '1 hour', ends_at = ends_at + interval '1 hour';
select is(array[tests.claims('a'), tests.claims('b'), tests.claims('c')],
  '{{room 1 10:00-11:00}, {room 1 11:00-12:00}, {room 1 12:00-13:00}}', 'neighbours shift together in one statement');
update booking.reservations set starts_at = starts_at - interval '1 hour', ends_at = ends_at - interval '1 hour';
select is(array[tests.claims('a'), tests.claims('b'), tests.claims('c')],
  '{{room 1 09:00-10:00}, {room 1 10:00-11:00}, {room 1 11:00-12:00}}', 'and back');
update booking.reservations r set starts_at = o.starts_at, ends_at = o.ends_at
  from booking.reservations o
 where (r.id, o.id) in ((tests.id('a'), tests.id('b')), (tests.id('b'), tests.id('a')));
select is(array[tests.claims('a'), tests.claims('b')], '{{room 1 10:00-11:00}, {room 1 09:00-10:00}}', 'two swap their times');

update booking.reservations set status = 'cancelled' where id = tests.id('b');
select is(tests.claims('b'), '{}', 'a cancelled one has none');
select tests.reserve('d', 'room', '09:00', '10:00');
delete from booking.reservations where id = tests.id('d');
select is(tests.claims('d'), '{}', 'nor has a deleted one');
select tests.reserve('e', 'room', '09:00', '10:00');
select is(tests.claims('e'), '{room 1 09:00-10:00}', 'and its time is free at once');

-- Which statuses block
select tests.reserve('t' || n, 'room', '09:00', '10:00', status::booking.reservation_status)
  from (values (1, 'tentative'), (2, 'tentative'), (3, 'pending'), (4, 'pending')) s (n, status);
select is_empty($$ select from booking.claims c join booking.reservations r on r.tenant_id = c.tenant_id and r.id = c.source_id
                    where r.status not in ('held', 'pencilled', 'confirmed', 'checked_in') $$,
  'tentative and pending ones have no claims, and overlap freely');
update booking.resources set blocking_statuses = blocking_statuses || '{pending}' where id = tests.id('studio');
select tests.reserve('p', 'studio', '14:00', '15:00', 'pending');
select is(tests.claims('p'), '{studio 1 14:00-15:00}', 'a resource chooses that pending blocks');
select throws_ok($$ update booking.resources set blocking_statuses = '{held,pending}' where id = tests.id('studio') $$,
  '23514', null, 'but confirmed and checked_in always do');

-- By hand
select throws_ok('update booking.claims set unit = 2', '55000', null, 'claims cannot be changed by hand');
select throws_ok('delete from booking.claims', '55000', null, 'nor deleted');
select throws_ok('truncate booking.claims', '55000', null, 'nor truncated');
select throws_ok('truncate booking.reservations', '55000', null, 'nor can reservations be, from under them');
select throws_ok('truncate booking.resources cascade', '55000', null, 'by no detour');
create function pg_temp.claim(during tstzrange) returns void language sql
as $$ insert into booking.claims select tests.id('acme'), tests.id('room'), 1, during, id, id from gen_random_uuid() id $$;
-- The constraints, without any trigger before them
set local session_replication_role = replica;
select throws_ok($$ select pg_temp.claim(tstzrange(tests.at('09:30'), tests.at('09:45'))) $$, '23P01', null, 'no claim overlaps another''s, whoever writes it');
select throws_ok(format('select pg_temp.claim(%L)', during), '23514', null, format('no claim of %s', during))
  from (values ('empty'::tstzrange), ('(,)'), ('[2030-01-01,)'), ('(,2030-01-01)'), ('[-infinity,2030-01-01)'), ('[2030-01-01,infinity)'),
               ('[2030-01-01,2030-01-02]'), ('(2030-01-01,2030-01-02)')) as ranges (during);
set local session_replication_role = origin;

-- A pool
select tests.reserve('d1', 'desks', '09:00', '12:00');
select tests.reserve('d2', 'desks', '09:00', '10:00', units => 2);
select is(tests.claims('d1') || tests.claims('d2'), '{desks 1 09:00-12:00, desks 2 09:00-10:00, desks 3 09:00-10:00}',
  'each takes units of its own');
select throws_ok($$ select tests.reserve('d3', 'desks', '09:30', '10:30') $$, 'PT409', 'slot_taken', 'until none is left');
select tests.reserve('d3', 'desks', '10:00', '11:00', units => 2);
select is(tests.claims('d3'), '{desks 2 10:00-11:00, desks 3 10:00-11:00}', 'what has ended is free for the next');
select throws_ok($$ select tests.reserve('d4', 'desks', '10:30', '10:45', unit => 1) $$, 'PT409', 'slot_taken', 'a pinned unit is that one');
update booking.reservations set units = 1 where id = tests.id('d3');
select tests.reserve('d4', 'desks', '10:00', '11:00', unit => 3);
select is(tests.claims('d4'), '{desks 3 10:00-11:00}', 'or none');
select throws_ok($$ update booking.reservations set units = 2 where id = tests.id('d3') $$, 'PT409', 'slot_taken', 'growing needs room');
select throws_ok($$ select tests.reserve('d5', 'desks', '15:00', '16:00', units => 4) $$, 'PT422', 'too_many_units', 'there are no more than there are');
select throws_ok($$ select tests.reserve('d5', 'room', '15:00', '16:00', unit => 2) $$, 'PT422', 'too_many_units', 'not of one alone either');

-- A resource that changes under its reservations
select tests.reserve('s', 'studio', '16:00', '17:00', 'tentative');
update booking.resources set blocking_statuses = blocking_statuses || '{tentative}' where id = tests.id('studio');
select is(tests.claims('s'), '{studio 1 16:00-17:00}', 'what blocks from now on takes its time');
update booking.resources set blocking_statuses = '{confirmed,checked_in}' where id = tests.id('studio');
select is(tests.claims('p'), '{}', 'what no longer blocks gives it back');
select throws_ok($$ update booking.resources set capacity = 2 where id = tests.id('desks') $$, 'PT409', 'capacity_in_use',
  'units in use cannot be taken away');

-- Blocking statuses, where reservations are
delete from booking.reservations where resource_id = tests.id('stage');
select tests.reserve('b1', 'stage', '09:00', '10:00', 'tentative');
select tests.reserve('b2', 'stage', '09:30', '11:00', 'tentative');
select tests.reserve('b3', 'stage', '10:30', '12:00', 'tentative');
select tests.reserve('b4', 'stage', '12:00', '13:00', 'tentative');
select tests.reserve('b5', 'stage', '12:30', '14:00');
select tests.reserve('b6', 'stage', '14:00', '15:00', 'tentative');
create function pg_temp.pair(a text, b text, starts text, ends text) returns jsonb language sql
as $$ select jsonb_build_object('reservation_ids', array[tests.id(a), tests.id(b)], 'starts_at', tests.at(starts), 'ends_at', tests.at(ends)) $$;
-- Each pair in one order, all pairs in another.
create function pg_temp.pairs(details jsonb) returns setof jsonb language sql
as $$
  select c || jsonb_build_object('reservation_ids', (select jsonb_agg(id order by id) from jsonb_array_elements_text(c -> 'reservation_ids') id))
    from jsonb_array_elements(details -> 'conflicts') c
$$;
create temp table before as select tests.digest();
select is(tests.answer($$ update booking.resources set blocking_statuses = blocking_statuses || '{tentative}' where id = tests.id('stage') $$) - '{details, hint}'::text[],
  '{"code": "PT409", "message": "capacity_in_use"}', 'what would overlap cannot block');
select bag_eq($$ select * from pg_temp.pairs(tests.details('update booking.resources set blocking_statuses = blocking_statuses || ''{tentative}'' where id = tests.id(''stage'')')) $$,
  $$ select * from pg_temp.pairs(jsonb_build_object('conflicts', jsonb_build_array(
       pg_temp.pair('b1', 'b2', '09:30', '10:00'), pg_temp.pair('b2', 'b3', '10:30', '11:00'), pg_temp.pair('b4', 'b5', '12:30', '13:00')))) $$,
  'the details name every pair that overlaps, and where');
select is(tests.digest(), digest, 'none of which changed anything') from before;
update booking.reservations set status = 'cancelled' where id in (tests.id('b2'), tests.id('b4'));
update booking.resources set blocking_statuses = blocking_statuses || '{tentative}' where id = tests.id('stage');
select is(tests.claims('b1') || tests.claims('b3') || tests.claims('b5') || tests.claims('b6'),
  '{stage 1 09:00-10:00, stage 1 10:30-12:00, stage 1 12:30-14:00, stage 1 14:00-15:00}', 'once none does, each takes its time');
select throws_ok($$ select tests.reserve('b7', 'stage', '09:30', '10:00') $$, 'PT409', 'slot_taken', 'and keeps it');
update booking.resources set blocking_statuses = array_reverse from (select array_agg(s order by s desc) as array_reverse from unnest('{tentative, held, pencilled, confirmed, checked_in}'::booking.reservation_status[]) s) r
 where id = tests.id('stage');
select is(tests.claims('b1'), '{stage 1 09:00-10:00}', 'said in another order, it is the same');
update booking.resources set blocking_statuses = '{confirmed, checked_in}' where id = tests.id('stage');
select is(tests.claims('b1') || tests.claims('b5'), '{stage 1 12:30-14:00}', 'taken back, only the firm ones do');

-- Holds that begin or cease to block
select tests.reserve('h1', 'stage', '16:00', '17:00', 'held');
select tests.reserve('h2', 'stage', '16:30', '17:30', 'held', expires => '08:10');
select is(tests.claims('h1') || tests.claims('h2'), '{}', 'where holds do not block, they overlap');
select throws_ok($$ update booking.resources set blocking_statuses = '{held, confirmed, checked_in}' where id = tests.id('stage') $$, 'PT409', 'capacity_in_use', 'both cannot');
select tests.clock('08:10');
update booking.resources set blocking_statuses = '{held, confirmed, checked_in}' where id = tests.id('stage');
select is(tests.claims('h1')::text || tests.claims('h2')::text || (tests.reservation('h2')).status, '{"stage 1 16:00-17:00"}{}expired', 'when one has expired, the other can');
select is(expires_at, tests.at('08:30'), 'until it expires itself') from booking.claims where source_id = tests.id('h1');
select is((tests.last_event('h2')).actor_id, null, 'time did it');

-- Of a pool
delete from booking.reservations where resource_id = tests.id('desks');
select tests.reserve('q1', 'desks', '09:00', '10:00', 'tentative', units => 2);
select tests.reserve('q2', 'desks', '09:30', '10:30', units => 2);
select throws_ok($$ update booking.resources set blocking_statuses = blocking_statuses || '{tentative}' where id = tests.id('desks') $$, 'PT409', 'capacity_in_use', 'a pool has only so many');
select bag_eq($$ select * from pg_temp.pairs(tests.details('update booking.resources set blocking_statuses = blocking_statuses || ''{tentative}'' where id = tests.id(''desks'')')) $$,
  $$ select * from pg_temp.pairs(jsonb_build_object('conflicts', jsonb_build_array(pg_temp.pair('q1', 'q2', '09:30', '10:00')))) $$, 'a pair is named once, however many units it shares');
update booking.resources set blocking_statuses = blocking_statuses || '{tentative}', capacity = 4 where id = tests.id('desks');
select is(cardinality(tests.claims('q1')), 2, 'with another unit it fits, in the same statement');
-- A stale one keeps no unit.
select tests.reserve('q3', 'desks', '12:00', '13:00', 'held', unit => 4);
select throws_ok($$ update booking.resources set capacity = 3 where id = tests.id('desks') $$, 'PT409', 'capacity_in_use', 'a held unit is in use');
update booking.reservations set status = 'cancelled' where id in (tests.id('q1'), tests.id('q2'));
select tests.clock('08:40');
update booking.resources set capacity = 3 where id = tests.id('desks');
select is((tests.reservation('q3')).status::text || tests.claims('q3')::text, 'expired{}', 'but not by what has expired');

-- Held rows in one statement
select tests.reserve('m' || n, 'room', n || ':00', n + 1 || ':00', 'held') from generate_series(18, 20) n;
update booking.reservations set starts_at = starts_at + interval '1 hour', ends_at = ends_at + interval '1 hour' where id in (tests.id('m18'), tests.id('m19'), tests.id('m20'));
select is(tests.claims('m18') || tests.claims('m19') || tests.claims('m20'), '{room 1 19:00-20:00, room 1 20:00-21:00, room 1 21:00-22:00}', 'held ones shift together');
update booking.reservations set status = 'confirmed' where id in (tests.id('m18'), tests.id('m19'));
select results_eq($$ select expires_at from booking.claims where source_id in (tests.id('m18'), tests.id('m19'), tests.id('m20')) order by during $$, array[null, null, tests.at('09:10')], 'those confirmed are firm, the other is not');
select is_empty('select * from booking.verify_invariants()', 'all is in order');

select * from finish();
rollback;
