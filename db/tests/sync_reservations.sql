-- What a phone did offline is applied once, each operation on its own, whatever is sent again and whatever has happened since.
begin;
select no_plan();
select tests.world();
select tests.reserve('a', 'room', '09:00', '10:00');
select tests.reserve('b', 'room', '11:00', '12:00', owner => 'colleague');
select tests.reserve('h', 'studio', '09:00', '10:00', 'held');
select tests.reserve('s', 'stage', '09:00', '10:00', 'tentative');

-- {"create", "n", "room", "12:00", "13:00"} and more keys: an operation on n; of a move, the resource may be null.
create function pg_temp.op(op text, name text, resource text default null, starts text default null, ends text default null, more jsonb default '{}') returns jsonb language sql
return jsonb_strip_nulls(jsonb_build_object('op', op, 'id', tests.id(name), 'resource_id', tests.id(resource), 'starts_at', tests.at(starts), 'ends_at', tests.at(ends))) || more;
-- What came of each: "applied confirmed, rejected slot_taken".
create function pg_temp.sync(variadic operations jsonb[]) returns text language sql
as $$
  select string_agg(concat_ws(' ', r ->> 'result', coalesce(r #>> '{error,message}', r #>> '{reservation,status}')), ', ' order by n)
    from jsonb_array_elements(api.sync_reservations(to_jsonb(operations))) with ordinality t (r, n)
$$;

select tests.be('member');
select is(pg_temp.sync(
    pg_temp.op('create', 'n', 'room', '12:00', '13:00', '{"title": "offline", "notes": "mine"}'),
    pg_temp.op('create', 'x', 'room', '11:30', '12:30'),
    pg_temp.op('reschedule', 'a', null, '10:00', '11:00', '{"reason": "late"}'),
    pg_temp.op('create', 'y', 'room', '09:00', '10:00'),
    pg_temp.op('reschedule', 'n', null, '13:00', '14:00'),
    pg_temp.op('confirm', 'h'),
    pg_temp.op('confirm', 's'),
    pg_temp.op('cancel', 'y')),
  'applied confirmed, rejected slot_taken, applied confirmed, applied confirmed, applied confirmed, applied confirmed, applied pending, applied cancelled',
  'in order, each on its own: what is taken leaves the others alone');
select is(tests.claims('a'), '{room 1 10:00-11:00}', 'one made room for another');
select is((tests.last_event('a')).reason, 'late', 'each has its reason');
select is((tests.last_event('n')).reason, null, 'and no other''s');
select is(tests.claims('n'), '{room 1 13:00-14:00}', 'what was made and moved is where it was moved to');
create temp table before as select tests.digest();
create function pg_temp.again() returns text language sql
as $$
  select pg_temp.sync(
    pg_temp.op('create', 'n', 'room', '12:00', '13:00', '{"title": "offline", "notes": "mine"}'),
    pg_temp.op('create', 'x', 'room', '11:30', '12:30'),
    pg_temp.op('reschedule', 'a', null, '10:00', '11:00', '{"reason": "late"}'),
    pg_temp.op('create', 'y', 'room', '09:00', '10:00'),
    pg_temp.op('reschedule', 'n', null, '13:00', '14:00'),
    pg_temp.op('confirm', 'h'),
    pg_temp.op('confirm', 's'),
    pg_temp.op('cancel', 'y'))
$$;
select is(pg_temp.again(), 'duplicate confirmed, rejected slot_taken, duplicate confirmed, duplicate cancelled, duplicate confirmed, duplicate confirmed, duplicate pending, duplicate cancelled',
  'the list again: the same, as it is now');
select is(tests.digest(), digest, 'and nothing changed') from before;

-- What others did since stays
select tests.be('manager');
select lives_ok($$ select api.reschedule_reservation(tests.id('n'), tests.at('16:00'), tests.at('17:00')), api.cancel_reservation(tests.id('a')), api.cancel_reservation(tests.id('b')) $$, 'a manager moves one and cancels two');
select tests.be('member');
delete from before;
insert into before select tests.digest();
select is(pg_temp.again(), 'duplicate confirmed, rejected slot_taken, duplicate cancelled, duplicate cancelled, duplicate confirmed, duplicate confirmed, duplicate pending, duplicate cancelled',
  'a replay neither makes it again nor takes back what others did since, nor takes what has become free');
select is(tests.digest(), digest, 'and nothing changed') from before;
select is(tests.claims('n'), '{room 1 16:00-17:00}', 'it is where the manager moved it');
select is(pg_temp.sync(pg_temp.op('create', 'x', 'room', '11:30', '12:30', '{"operation_id": "1"}')), 'applied confirmed', 'an operation_id of its own asks anew');
select is(pg_temp.sync(pg_temp.op('create', 'x', 'room', '11:30', '12:30', '{"operation_id": "2"}')), 'duplicate confirmed', 'what is in effect is a duplicate all the same');
select is(pg_temp.sync(pg_temp.op('cancel', 'x', more => '{"operation_id": "1"}')), 'rejected idempotency_key_reused', 'one operation_id, one operation');
select is(pg_temp.sync(pg_temp.op('reschedule', 'n', null, '13:00', '14:00', '{"operation_id": "3"}'), pg_temp.op('reschedule', 'n', null, '14:00', '15:00'),
                       pg_temp.op('reschedule', 'n', null, '13:00', '14:00', '{"operation_id": "4"}'), pg_temp.op('reschedule', 'n', null, '15:00', '16:00'), pg_temp.op('reschedule', 'n', null, '14:00', '15:00')),
  'applied confirmed, applied confirmed, applied confirmed, applied confirmed, applied confirmed', 'there, away and there again');
select is(tests.claims('n'), '{room 1 14:00-15:00}', 'it stands where it was moved last');
select is(pg_temp.sync(pg_temp.op('cancel', 'n', more => '{"expected_version": 1}')), 'rejected version_conflict', 'expected_version is heeded');
select is(pg_temp.sync(pg_temp.op('cancel', 'y', more => '{"expected_version": 1}')), 'duplicate cancelled', 'unless the work is done');

-- Done by other roads
select lives_ok($$ select api.create_reservation(tests.id('desks'), tests.at('09:00'), tests.at('10:00'), id => tests.id('o')) $$, 'made online');
select is(pg_temp.sync(pg_temp.op('create', 'o', 'desks', '09:00', '10:00')), 'duplicate confirmed', 'its answer was lost: it is the same');
select is(pg_temp.sync(pg_temp.op('create', 'o', 'desks', '09:00', '10:00', jsonb_build_object(key, value))), 'rejected duplicate_id', 'with another ' || key || ' it is not')
  from jsonb_each(jsonb_build_object('title', 'other', 'units', 2, 'ends_at', tests.at('09:30'), 'resource_id', tests.id('room'))) e;
select is(pg_temp.sync(pg_temp.op('reschedule', 'o', null, '09:00', '10:00')), 'duplicate confirmed', 'it is where it is to move to');
select is(pg_temp.sync(pg_temp.op('reschedule', 'y', null, '09:00', '10:00')), 'rejected invalid_transition', 'what is cancelled moves nowhere');

-- What is refused
select is((select array_agg(concat_ws(' ', r ->> 'result', r #>> '{error,message}') order by n)
             from jsonb_array_elements(api.sync_reservations(jsonb_agg(operation order by i))) with ordinality t (r, n)), array_agg('rejected ' || slug order by i), 'each bad one is refused, and only it')
  from (values (1, '{}'::jsonb, 'invalid_argument'), (2, '{"op": "destroy", "id": "5b95846b-de97-f6a9-2430-058003444dce"}', 'invalid_argument'), (3, '{"op": "cancel"}', 'invalid_argument'),
               (4, '{"op": "cancel", "id": "x"}', 'invalid_argument'), (5, '{"op": "cancel", "id": 5}', 'invalid_argument'), (6, '{"op": "cancel", "id": {}}', 'invalid_argument'),
               (7, pg_temp.op('cancel', 'o', more => '{"color": "red"}'), 'invalid_argument'), (8, pg_temp.op('cancel', 'o', 'desks'), 'invalid_argument'),
               (9, pg_temp.op('create', 'p', 'room', '09:00', more => '{"ends_at": "noon"}'), 'invalid_argument'), (10, pg_temp.op('create', 'p', 'room'), 'invalid_time_range'),
               (11, pg_temp.op('create', 'p', 'room', '10:00', '09:00'), 'invalid_time_range'), (12, pg_temp.op('create', 'p', null, '09:00', '10:00'), 'not_found'),
               (13, pg_temp.op('create', 'p', 'theirs', '09:00', '10:00'), 'not_found'), (14, pg_temp.op('create', 'p', 'room', '09:00', '10:00', '{"status": "completed"}'), 'invalid_argument'),
               (15, pg_temp.op('create', 'p', 'room', '09:00', '10:00', '{"units": 1e20}'), 'invalid_argument'), (16, pg_temp.op('create', 'p', 'room', '09:00', '10:00', '{"override": "maybe"}'), 'invalid_argument'),
               (17, pg_temp.op('create', 'p', 'room', '09:00', '10:00', jsonb_build_object('title', repeat('x', 501))), 'invalid_argument'),
               (18, pg_temp.op('create', 'p', 'room', '09:00', '10:00', '{"override": true, "reason": "why"}'), 'forbidden'),
               (19, pg_temp.op('create', 'p', 'room', '09:00', '10:00', jsonb_build_object('owner_id', tests.id('colleague'))), 'forbidden'),
               (20, pg_temp.op('create', 'p', 'room', '06:00', '07:00'), 'too_soon'), (21, pg_temp.op('cancel', 'b'), 'not_found'), (22, pg_temp.op('reschedule', 'none', null, '09:00', '10:00'), 'not_found'),
               (23, pg_temp.op('confirm', 'y'), 'invalid_transition')) as refused (i, operation, slug);
select is(tests.answer(format('select api.sync_reservations(%L)', operations)) ->> 'message', 'invalid_argument', 'no list of operations: ' || left(operations, 40))
  from unnest(array['{}', 'null', '"x"', '[1]', '[null]', '[[]]', '[{"operation_id": ""}]', format('[{"operation_id": "%s"}]', repeat('x', 201)), (select jsonb_agg('{}'::jsonb)::text from generate_series(1, 101))]) operations;
select is(api.sync_reservations('[]'), '[]', 'an empty list is one');
select is(e - 'hint' - 'details', '{"code": "PT409", "message": "slot_taken", "status": 409}', 'an error is shaped as everywhere')
  from (select api.sync_reservations(jsonb_build_array(pg_temp.op('create', 'q', 'room', '14:00', '15:00'))) #> '{0,error}') t (e);
select is(jsonb_typeof(r #> '{error,details}'), 'string', 'its details are text') from jsonb_array_elements(api.sync_reservations(jsonb_build_array(pg_temp.op('create', 'q', 'room', '14:00', '15:00')))) r;

-- Whose
select tests.be('colleague');
select is(pg_temp.sync(pg_temp.op('create', 'n', 'room', '12:00', '13:00', '{"title": "offline", "notes": "mine"}'), pg_temp.op('cancel', 'n'), pg_temp.op('cancel', 'y')),
  'rejected duplicate_id, rejected not_found, rejected not_found', 'of another''s reservation one is told nothing');
select is(pg_temp.sync(pg_temp.op('create', 'n', 'room', '12:00', '13:00', jsonb_build_object('title', title))), 'rejected duplicate_id', 'by no answer: is it ' || title)
  from unnest('{offline,online}'::text[]) title;
select is(pg_temp.sync(pg_temp.op('create', 'made', 'studio', '15:00', '16:00', jsonb_build_object('title', title, 'owner_id', tests.id('member')))), 'rejected forbidden', 'nor in their name')
  from unnest('{offline,online}'::text[]) title;
select tests.be('manager');
select is(pg_temp.sync(pg_temp.op('create', 'for', 'studio', '12:00', '13:00', jsonb_build_object('owner_id', tests.id('member'))), pg_temp.op('cancel', 'n', more => '{"reason": "flood"}')),
  'applied confirmed, applied cancelled', 'managers act for others');
select tests.be('stranger');
select is(pg_temp.sync(pg_temp.op('cancel', 'for'), pg_temp.op('create', 'for', 'theirs', '12:00', '13:00')), 'rejected not_found, applied confirmed', 'another tenant''s ids are free');
select throws_ok('select * from booking.synced_operations', '42501', null, 'what was sent is nobody''s to read');

select * from finish();
rollback;
