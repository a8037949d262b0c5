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

select * from finish();
rollback;
