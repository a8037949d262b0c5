-- api.move_reservations moves several at once, all or none, judged on how they then stand.
begin;
select no_plan();
select tests.world();
select tests.reserve('a', 'room', '09:00', '10:00');
select tests.reserve('b', 'room', '10:00', '11:00');
select tests.reserve('c', 'room', '11:00', '12:00');
select tests.reserve('rival', 'room', '14:00', '15:00', owner => 'colleague');
select tests.reserve('other', 'studio', '09:00', '10:00', owner => 'colleague');
select tests.reserve('gone', 'studio', '11:00', '12:00');
update booking.reservations set status = 'cancelled' where id = tests.id('gone');
select tests.reserve('s', 'stage', '09:00', '10:00');
select tests.reserve('pin', 'desks', '09:00', '10:00', unit => 2);
select tests.reserve('stale', 'desks', '16:00', '17:00', 'held', expires => '08:00');

-- 'a 09:00-10:00, b 10:00-11:00 room x2' as moves; what stands in braces is added.
create function pg_temp.moves(text) returns jsonb language sql
as $$
  select jsonb_agg(jsonb_build_object('reservation_id', tests.id(m[1]), 'starts_at', tests.at(m[2]), 'ends_at', tests.at(m[3]))
                   || case when m[4] is null then '{}' else jsonb_build_object('resource_id', tests.id(m[4])) end
                   || case when m[5] is null then '{}' else jsonb_build_object('units', m[5]::integer) end || coalesce(m[6]::jsonb, '{}') order by n)
    from regexp_split_to_table($1, ', (?=\w+ [\d:]+-)') with ordinality as parts (part, n),
         regexp_match(part, '^(\w+) ([\d:]+)-([\d:]+)(?: ([a-wyz]\w+))?(?: x(-?\d+))?(?: ({.*}))?$') m
$$;

-- Refusals
create temp table before as select tests.digest();
create temp table refusals (who text, moves text, more text, code text, slug text);
insert into refusals values
  -- One that cannot is enough, wherever it stands.
  ('member', 'a 12:00-13:00, b 14:30-15:30', '', 'PT409', 'slot_taken'),
  ('member', 'b 14:30-15:30, a 12:00-13:00', '', 'PT409', 'slot_taken'),
  ('member', 'a 10:00-11:00', '', 'PT409', 'slot_taken'),
  ('member', 'a 12:00-13:00, b 12:30-13:30', '', 'PT409', 'slot_taken'),
  ('member', 'a 12:00-13:00, gone 12:00-13:00', '', 'PT409', 'invalid_transition'),
  ('member', 'a 12:00-13:00, stale 17:00-18:00', '', 'PT409', 'hold_expired'),
  ('member', 'a 12:00-13:00, b 13:00-13:00', '', 'PT400', 'invalid_time_range'),
  ('member', 'a 12:00-13:00, b 13:00-12:00', '', 'PT400', 'invalid_time_range'),
  ('member', 'a 12:00-13:00, b 06:00-07:00', '', 'PT422', 'too_soon'),
  ('member', 'a 12:00-13:00, b 13:00-14:00 closed', '', 'PT422', 'resource_inactive'),
  ('member', 'a 12:00-13:00, b 13:00-14:00 x2', '', 'PT422', 'too_many_units'),
  ('member', 'a 12:00-13:00, b 13:00-14:00 x0', '', 'PT400', 'invalid_argument'),
  ('member', 'a 12:00-13:00, pin 12:00-13:00 x2', '', 'PT400', 'invalid_argument'),
  ('member', 'a 12:00-13:00, b 13:00-14:00 theirs', '', 'PT404', 'not_found'),
  ('member', 'a 12:00-13:00, b 13:00-14:00 nowhere', '', 'PT404', 'not_found'),
  ('member', 'a 12:00-13:00, none 13:00-14:00', '', 'PT404', 'not_found'),
  -- Each takes the authority it takes alone.
  ('member', 'a 12:00-13:00, other 13:00-14:00', '', 'PT404', 'not_found'),
  ('colleague', 'other 10:00-11:00, a 12:00-13:00', '', 'PT404', 'not_found'),
  ('stranger', 'a 12:00-13:00', '', 'PT404', 'not_found'),
  ('approver', 'a 12:00-13:00', '', 'PT403', 'forbidden'),
  ('member', 'a 12:00-13:00, s 12:00-13:00', '', 'PT403', 'forbidden'),
  ('member', 'b 12:00-13:00, a 12:00-13:00 stage', '', 'PT403', 'forbidden'),
  ('member', 'a 12:00-13:00', ', true, ''why''', 'PT403', 'forbidden'),
  ('manager', 'a 12:00-13:00', ', true', 'PT400', 'invalid_argument'),
  ('manager', 'a 12:00-13:00, b 14:30-15:30', ', true, ''why''', 'PT409', 'slot_taken'),
  ('member', 'a 12:00-13:00', ', reason => repeat(''x'', 1001)', 'PT400', 'invalid_argument'),
  -- What cannot be read, or is not known
  ('member', 'a 12:00-13:00, a 13:00-14:00', '', 'PT400', 'invalid_argument'),
  ('member', 'a 12:00-13:00, b 13:00-14:00 {"reservation_id": null}', '', 'PT400', 'invalid_argument'),
  ('member', 'a 12:00-13:00 {"reservation_id": "x"}', '', 'PT400', 'invalid_argument'),
  ('member', 'a 12:00-13:00 {"resource_id": 7}', '', 'PT400', 'invalid_argument'),
  ('member', 'a 12:00-13:00 {"id": "5b95846b-0000-4000-8000-000000000001"}', '', 'PT400', 'invalid_argument'),
  ('member', 'a 12:00-13:00 {"title": "x"}', '', 'PT400', 'invalid_argument'),
  ('member', 'a 12:00-13:00 {"unit": 1}', '', 'PT400', 'invalid_argument'),
  ('member', 'a 12:00-13:00 {"owner_id": null}', '', 'PT400', 'invalid_argument'),
  ('member', 'a 12:00-13:00 {"units": "two"}', '', 'PT400', 'invalid_argument'),
  ('member', 'a 12:00-13:00 {"starts_at": "noon"}', '', 'PT400', 'invalid_argument'),
  ('member', 'a 12:00-13:00 {"ends_at": null}', '', 'PT400', 'invalid_time_range'),
  ('member', 'a 12:00-13:00 {"ends_at": "infinity"}', '', 'PT400', 'invalid_time_range');
grant select on before, refusals to public;
select throws_ok(format('select tests.be(%L), api.move_reservations(pg_temp.moves(%L)%s)', who, moves, more), code, slug, format('%s for %s: %s', slug, who, moves || more)) from refusals;
select throws_ok(format('select tests.be(''member''), api.move_reservations(%L)', moves), 'PT400', 'invalid_argument', 'no moves: ' || coalesce(moves, 'null'))
  from unnest(array[null, 'null', '[]', '{}', '"x"', '7', '[null]', '["x"]', '[{}]', '[[]]']::text[]) moves;
select tests.be('member');
select throws_ok($$ select api.move_reservations((select jsonb_agg(jsonb_build_object('reservation_id', gen_random_uuid(), 'starts_at', tests.at('12:00'), 'ends_at', tests.at('13:00'))) from generate_series(1, 101))) $$,
  'PT400', 'invalid_argument', '101 are too many');
select throws_ok($$ select api.move_reservations((select jsonb_agg(jsonb_build_object('reservation_id', gen_random_uuid(), 'starts_at', tests.at('12:00'), 'ends_at', tests.at('13:00'))) from generate_series(1, 100))) $$,
  'PT404', 'not_found', '100 are not');
select is(tests.digest(), digest, 'nothing of that changed anything: the old slots are kept, and their claims') from before;

-- Two swap
create temp table made as select * from api.move_reservations(pg_temp.moves('b 09:00-10:00, a 10:00-11:00'), reason => 'swap');
select results_eq('select id, starts_at, version from made', $$ values (tests.id('b'), tests.at('09:00'), 2), (tests.id('a'), tests.at('10:00'), 2) $$, 'two swap, and come in the order of the moves');
select set_eq('table made', $$ select * from api.reservations where id in (tests.id('a'), tests.id('b')) $$, 'as they are then read');
select is(tests.claims('a') || tests.claims('b'), '{room 1 10:00-11:00, room 1 09:00-10:00}', 'with their claims');
select is(tests.events(name), '{reservation.confirmed, reservation.rescheduled}', 'one event each: ' || name) from unnest('{a, b}'::text[]) name;
select is(array[e.actor_id::text, e.reason, e.previous::text], array[tests.id('member')::text, 'swap', jsonb_build_object('starts_at', tests.at('10:00'), 'ends_at', tests.at('11:00'))::text], 'with the actor, the reason and what was before') from tests.last_event('b') e;

-- A run shifts
select is(array(select starts_at from api.move_reservations(pg_temp.moves('b 09:30-10:30, a 10:30-11:30, c 11:30-12:30'))), array[tests.at('09:30'), tests.at('10:30'), tests.at('11:30')], 'a run shifts later together');
select is(array(select starts_at from api.move_reservations(pg_temp.moves('c 10:30-11:30, a 09:30-10:30, b 08:30-09:30'))), array[tests.at('10:30'), tests.at('09:30'), tests.at('08:30')], 'and back, in any order');
select is(array(select starts_at from api.move_reservations(pg_temp.moves('a 10:30-11:30, b 09:30-10:30, c 08:30-09:30'))), array[tests.at('10:30'), tests.at('09:30'), tests.at('08:30')], 'three go round');
select is(tests.claims('a') || tests.claims('b') || tests.claims('c'), '{room 1 10:30-11:30, room 1 09:30-10:30, room 1 08:30-09:30}', 'with their claims');
select is((tests.reservation(name)).version, 5, 'each is moved once a call: ' || name) from unnest('{a, b}'::text[]) name;

-- Over several resources
select tests.be('manager');
select is(array(select r.starts_at from api.move_reservations(pg_temp.moves('a 09:00-10:00 studio, other 10:30-11:30 room')) r), array[tests.at('09:00'), tests.at('10:30')], 'managers swap anybody''s, over resources');
select is(tests.claims('a') || tests.claims('other'), '{studio 1 09:00-10:00, room 1 10:30-11:30}', 'with their claims');
select is(array(select r.starts_at from api.move_reservations(pg_temp.moves('a 06:00-07:00, c 06:00-07:00 closed'), true, 'was then') r), array[tests.at('06:00'), tests.at('06:00')], 'into what is over and what is closed, with a reason');
select is(array[e.override::text, e.reason, e.previous ->> 'resource_id'], array['true', 'was then', tests.id('room')::text], 'which the event tells') from tests.last_event('c') e;

-- A pool
select tests.be_dba();
select tests.reserve('d', 'desks', '12:00', '13:00', units => 3);
select tests.reserve('e', 'desks', '13:00', '14:00');
select tests.reserve('f', 'desks', '13:00', '14:00', units => 2);
select tests.be('member');
select throws_ok($$ select api.move_reservations(pg_temp.moves('d 13:00-14:00, e 12:00-13:00')) $$, 'PT409', 'slot_taken', 'where one of three stays behind, the others do not swap');
select is(array(select r.units from api.move_reservations(pg_temp.moves('d 13:00-14:00, e 12:00-13:00, f 12:00-13:00')) r), '{3, 1, 2}', 'all of a pool swap');
select is(array[cardinality(tests.claims('d')), cardinality(tests.claims('e')), cardinality(tests.claims('f'))], '{3, 1, 2}', 'unit by unit');
select is(array(select r.units from api.move_reservations(pg_temp.moves('d 12:00-13:00 x1, e 12:00-13:00 x2, f 13:00-14:00 x3')) r), '{1, 2, 3}', 'and may grow where another shrinks');
select is(array(select r.unit from api.move_reservations(pg_temp.moves('pin 10:00-11:00, e 09:00-10:00')) r), '{2, null}', 'a pin goes along');
select is((select r.unit from api.move_reservations(pg_temp.moves('pin 10:00-11:00 studio')) r), null, 'but not to another resource');

-- Held and tentative
select tests.be_dba();
select tests.reserve('h', 'room', '16:00', '17:00', 'held');
select tests.reserve('t', 'room', '17:00', '18:00', 'tentative');
select tests.reserve('k', 'room', '17:00', '18:00');
select tests.be('member');
select is(array(select array[r.status::text, r.expires_at::text] from api.move_reservations(pg_temp.moves('h 17:00-18:00, t 16:00-17:00, k 16:00-17:00')) r),
  array[array['held', tests.at('08:30')::text], array['tentative', null], array['confirmed', null]], 'each stays what it is, and expires no later');
select is(tests.claims('h') || tests.claims('t') || tests.claims('k'), '{room 1 17:00-18:00, room 1 16:00-17:00}', 'what is tentative still takes no time');
select tests.clock('08:30');
select tests.be_dba();
truncate before;
insert into before select tests.digest();
select tests.be('member');
select throws_ok($$ select api.move_reservations(pg_temp.moves('k 17:00-18:00, h 16:00-17:00')) $$, 'PT409', 'hold_expired', 'a hold that has expired does not swap');
select is(tests.digest(), digest, 'and keeps everybody where they are') from before;
select is((select r.starts_at from api.move_reservations(pg_temp.moves('k 17:00-18:00')) r), tests.at('17:00'), 'though its time is free');

-- A blackout
select tests.be_dba();
insert into booking.blackouts (tenant_id, resource_id, starts_at, ends_at, reason, on_conflict) values (tests.id('acme'), tests.id('room'), tests.at('16:30'), tests.at('20:00'), 'works', 'keep');
select tests.reserve('m', 'room', '15:30', '16:30');
select tests.be('member');
select throws_ok($$ select api.move_reservations(pg_temp.moves('m 15:00-16:00, k 18:00-19:00')) $$, 'PT409', 'blackout', 'nobody moves into one');
select throws_ok($$ select api.move_reservations(pg_temp.moves('m 15:00-16:00, t 18:00-19:00')) $$, 'PT409', 'blackout', 'not even tentatively');
select is(array(select starts_at from api.move_reservations(pg_temp.moves('k 15:30-16:30, m 17:00-18:00')) r), array[tests.at('15:30'), tests.at('17:00')], 'but into the place of one that was kept, in exchange');

-- An Idempotency-Key
create function pg_temp.send(key text) returns void language sql
as $$ select set_config('request.headers', jsonb_build_object('idempotency-key', key)::text, true), set_config('response.headers', '', true) $$;
select pg_temp.send('k');
create temp table first as select to_jsonb(r) as answer from api.move_reservations(pg_temp.moves('k 12:00-13:00, d 14:00-15:00')) r;
select tests.be_dba();
truncate before;
insert into before select tests.digest();
select tests.be('member');
select pg_temp.send('k');
select results_eq($$ select to_jsonb(r) from api.move_reservations(pg_temp.moves('k 12:00-13:00, d 14:00-15:00')) r $$, 'select answer from first', 'the same key again: the same answer, in the same order');
select is(current_setting('response.headers'), '[{"Idempotency-Replayed": "true"}]', 'marked as a replay');
select is(tests.digest(), digest, 'and no second effect') from before;
select throws_ok($$ select api.move_reservations(pg_temp.moves('k 13:00-14:00, d 14:00-15:00')) $$, 'PT422', 'idempotency_key_reused', 'it is for those moves');
select tests.be_dba();
select is_empty('select * from booking.verify_invariants()', 'all is in order');

select * from finish();
rollback;
