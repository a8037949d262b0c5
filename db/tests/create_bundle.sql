-- api.create_bundle books several resources, together or not at all.
begin;
select no_plan();
select tests.world();
select tests.reserve('taken', 'studio', '12:00', '13:00', owner => 'colleague');
select tests.rule('desks', '{"hold_ttl": "10 minutes"}');
select tests.rule(null, '{"max_priority": 2}');

-- 'room 09:00-10:00, desks 09:00-11:00 x2' as items; what stands in braces is added.
create function pg_temp.items(text) returns jsonb language sql
as $$
  select jsonb_agg(jsonb_build_object('resource_id', tests.id(i[1]), 'starts_at', tests.at(i[2]), 'ends_at', tests.at(i[3]))
                   || case when i[4] is null then '{}' else jsonb_build_object('units', i[4]::integer) end || coalesce(i[5]::jsonb, '{}') order by n)
    from regexp_split_to_table($1, ', (?=\w+ [\d:]+-)') with ordinality as parts (part, n),
         regexp_match(part, '^(\w+) ([\d:]+)-([\d:]+)(?: x(-?\d+))?(?: ({.*}))?$') i
$$;

select tests.be('member');
create temp table made as
select api.create_bundle(pg_temp.items('room 09:00-10:00, desks 08:30-11:00 x2, stage 09:00-12:00'), 'Recording', id => tests.id('u'), priority => 1, reason => 'why') as answer;
grant select on made to public;
select is(answer ->> 'bundle_id', tests.id('u')::text, 'it has the id it was given') from made;
select results_eq($$ select jsonb_array_elements(answer -> 'reservations') from made $$,
  $$ select to_jsonb(r) from api.reservations r order by array_position('{room,desks,stage}'::text[], (select name::text from api.resources s where s.id = r.resource_id)) $$, 'the answer has the reservations whole, in the order of the items');
select results_eq($$ select s.name, r.status::text, r.starts_at, r.ends_at, r.units, r.title::text, r.owner_id, r.priority, r.bundle_id, r.status_reason::text
                       from made, jsonb_populate_recordset(null::api.reservations, answer -> 'reservations') r join api.resources s on s.id = r.resource_id $$,
  $$ select name, status, tests.at(starts), tests.at(ends), units, 'Recording', tests.id('member'), 1, tests.id('u'), 'why'
       from (values ('room', 'confirmed', '09:00', '10:00', 1), ('desks', 'confirmed', '08:30', '11:00', 2), ('stage', 'pending', '09:00', '12:00', 1)) as items (name, status, starts, ends, units) $$,
  'each has its own range and units; what requires approval waits for it');
select is(array[b.title::text, b.owner_id::text, b.tenant_id::text], array['Recording', tests.id('member')::text, tests.id('acme')::text], 'the bundle has a title and an owner') from api.bundles b;
select results_eq($$ select s.name || c.unit from booking.claims c join booking.resources s on s.id = c.resource_id where c.source_id in (select id from api.reservations) order by 1 $$,
  '{desks1,desks2,room1}'::text[], 'each takes its time');
select tests.be_dba();
select results_eq($$ select e.type, e.actor_id, e.reason from booking.events e where e.subject ->> 'bundle_id' = tests.id('u')::text order by e.seq $$,
  $$ select 'reservation.' || s, tests.id('member'), 'why' from unnest('{confirmed, confirmed, submitted}'::text[]) s $$, 'one event for each reservation');
select tests.be('member');
select is(count(*), 2::bigint, 'each item may say more: a title of its own, a unit') from jsonb_array_elements(api.create_bundle(pg_temp.items(
    'room 13:00-14:00 {"title": "Own", "notes": "n", "metadata": {"a": 1}, "source_module": "crm", "source_id": "7"}, desks 13:00-14:00 {"unit": 2, "id": "5b95846b-0000-4000-8000-000000000001"}'), 'Both') -> 'reservations') r
 where (r ->> 'title', r ->> 'notes', r -> 'metadata', r ->> 'source_module', r ->> 'source_id') = ('Own', 'n', '{"a": 1}', 'crm', '7')
    or (r ->> 'title', r ->> 'unit', r ->> 'id') = ('Both', '2', '5b95846b-0000-4000-8000-000000000001');
select is(array[r ->> 'title', r ->> 'units', (r ->> 'bundle_id' is not null)::text], '{"", 1, true}', 'or nothing')
  from jsonb_array_elements(api.create_bundle(pg_temp.items('room 15:00-16:00')) -> 'reservations') r;
select is(jsonb_array_length(api.create_bundle(pg_temp.items('room 16:00-17:00, room 17:00-18:00, desks 16:00-18:00 x2, desks 17:00-18:00')) -> 'reservations'), 4, 'one resource may come several times');
select is(array(select distinct r ->> 'status' from jsonb_array_elements(api.create_bundle(pg_temp.items('room 18:00-19:00, stage 18:00-19:00'), status => status) -> 'reservations') r), array[status], 'all are ' || status)
  from unnest('{tentative, held}'::text[]) status;
select results_eq($$ select (r ->> 'expires_at')::timestamptz from jsonb_array_elements(api.create_bundle(pg_temp.items('room 19:00-20:00, desks 19:00-20:00'), status => 'held') -> 'reservations') r $$,
  array[tests.at('08:30'), tests.at('08:10')], 'each is held as long as its resource says');
select is(array(select distinct (r ->> 'expires_at')::timestamptz from jsonb_array_elements(api.create_bundle(pg_temp.items('room 20:00-21:00, desks 20:00-21:00'), status => 'pencilled', pencil_ttl => '24 hours') -> 'reservations') r),
  array[tests.at('08:00', 1)], 'or pencilled in as long as asked for');
select tests.be('manager');
select lives_ok($$ select api.create_bundle(pg_temp.items('room 21:00-22:00'), owner_id => tests.id('colleague'), id => tests.id('hers')) $$, 'managers make them for others');
select is(array[b.owner_id, r.owner_id], array[tests.id('colleague'), tests.id('colleague')], 'whose they are') from api.bundles b join api.reservations r on r.bundle_id = b.id where b.id = tests.id('hers');
select is(array(select r ->> 'status' from jsonb_array_elements(api.create_bundle(pg_temp.items('closed 06:00-07:00, stage 06:00-07:00'), override => true, reason => 'was so') -> 'reservations') r), '{confirmed, confirmed}', 'and override, with a reason');
select is(api.create_bundle(pg_temp.items('room 22:00-23:00'), id => tests.id('theirs too')) ->> 'bundle_id', tests.id('theirs too')::text, 'an id that another tenant has is free here');
select lives_ok($$ select tests.be('stranger'), api.create_bundle(pg_temp.items('theirs 22:00-23:00'), id => tests.id('theirs too')) $$, 'and the other way');

-- Refusals
select tests.be_dba();
create temp table before as select tests.digest();
create temp table refusals (who text, items text, more text, code text, slug text);
insert into refusals values
  -- One that cannot be had is enough, wherever it stands.
  ('member', 'desks 12:00-13:00, studio 12:30-13:30', '', 'PT409', 'slot_taken'),
  ('member', 'studio 12:30-13:30, desks 12:00-13:00', '', 'PT409', 'slot_taken'),
  ('member', 'desks 12:00-13:00 x2, desks 12:30-13:30 x2', '', 'PT409', 'slot_taken'),
  ('member', 'studio 14:00-15:00, studio 14:30-15:30', '', 'PT409', 'slot_taken'),
  ('member', 'desks 12:00-13:00, closed 12:00-13:00', '', 'PT422', 'resource_inactive'),
  ('member', 'desks 12:00-13:00, studio 06:00-07:00', '', 'PT422', 'too_soon'),
  ('member', 'desks 12:00-13:00, studio 14:00-15:00 x2', '', 'PT422', 'too_many_units'),
  ('member', 'desks 12:00-13:00, theirs 12:00-13:00', '', 'PT404', 'not_found'),
  ('member', 'nowhere 12:00-13:00, desks 12:00-13:00', '', 'PT404', 'not_found'),
  ('stranger', 'room 12:00-13:00', '', 'PT404', 'not_found'),
  ('member', 'desks 12:00-13:00, studio 14:00-14:00', '', 'PT400', 'invalid_time_range'),
  ('member', 'desks 12:00-13:00, studio 15:00-14:00', '', 'PT400', 'invalid_time_range'),
  ('member', 'desks 12:00-13:00 x0', '', 'PT400', 'invalid_argument'),
  ('member', 'desks 12:00-13:00 x-1', '', 'PT400', 'invalid_argument'),
  ('member', 'desks 12:00-13:00 {"unit": 4}', '', 'PT400', 'invalid_argument'),
  ('member', 'desks 12:00-13:00 x2 {"unit": 1}', '', 'PT400', 'invalid_argument'),
  -- Ids
  ('member', 'desks 12:00-13:00', $$, id => tests.id('u')$$, 'PT409', 'duplicate_id'),
  ('member', 'desks 12:00-13:00 {"id": "5b95846b-0000-4000-8000-000000000001"}', '', 'PT409', 'duplicate_id'),
  ('member', 'desks 12:00-13:00 {"id": "5b95846b-0000-4000-8000-000000000002"}, studio 14:00-15:00 {"id": "5b95846b-0000-4000-8000-000000000002"}', '', 'PT409', 'duplicate_id'),
  -- What cannot be read, or is not known
  ('member', 'desks 12:00-13:00 {"status": "held"}', '', 'PT400', 'invalid_argument'),
  ('member', 'desks 12:00-13:00 {"owner_id": null}', '', 'PT400', 'invalid_argument'),
  ('member', 'desks 12:00-13:00 {"bundle_id": null}', '', 'PT400', 'invalid_argument'),
  ('member', 'desks 12:00-13:00 {"tenant_id": null}', '', 'PT400', 'invalid_argument'),
  ('member', 'desks 12:00-13:00 {"Title": "x"}', '', 'PT400', 'invalid_argument'),
  ('member', 'desks 12:00-13:00 {"units": "two"}', '', 'PT400', 'invalid_argument'),
  ('member', 'desks 12:00-13:00 {"units": 1.5}', '', 'PT400', 'invalid_argument'),
  ('member', 'desks 12:00-13:00 {"units": 99999999999}', '', 'PT400', 'invalid_argument'),
  ('member', 'desks 12:00-13:00 {"units": []}', '', 'PT400', 'invalid_argument'),
  ('member', 'desks 12:00-13:00 {"id": "x"}', '', 'PT400', 'invalid_argument'),
  ('member', 'desks 12:00-13:00 {"starts_at": "noon"}', '', 'PT400', 'invalid_argument'),
  ('member', 'desks 12:00-13:00 {"starts_at": "2030-13-01"}', '', 'PT400', 'invalid_argument'),
  ('member', 'desks 12:00-13:00 {"starts_at": null}', '', 'PT400', 'invalid_time_range'),
  ('member', 'desks 12:00-13:00 {"ends_at": "infinity"}', '', 'PT400', 'invalid_time_range'),
  ('member', 'desks 12:00-13:00 {"resource_id": null}', '', 'PT404', 'not_found'),
  ('member', 'desks 12:00-13:00 {"metadata": []}', '', 'PT400', 'invalid_argument'),
  ('member', 'desks 12:00-13:00 {"metadata": "x"}', '', 'PT400', 'invalid_argument'),
  ('member', 'desks 12:00-13:00', $$, repeat('x', 501)$$, 'PT400', 'invalid_argument'),
  ('member', 'desks 12:00-13:00 {"title": "' || repeat('x', 501) || '"}', '', 'PT400', 'invalid_argument'),
  ('member', 'desks 12:00-13:00 {"notes": "' || repeat('x', 10001) || '"}', '', 'PT400', 'invalid_argument'),
  -- The rest is as for one.
  ('member', 'desks 12:00-13:00', $$, status => 'pending'$$, 'PT400', 'invalid_argument'),
  ('member', 'desks 12:00-13:00', $$, status => 'nonsense'$$, 'PT400', 'invalid_argument'),
  ('member', 'desks 12:00-13:00', $$, status => null$$, 'PT400', 'invalid_argument'),
  ('member', 'desks 12:00-13:00', $$, pencil_ttl => '30 hours'$$, 'PT400', 'invalid_argument'),
  ('member', 'desks 12:00-13:00', $$, status => 'pencilled', pencil_ttl => '0'$$, 'PT400', 'invalid_argument'),
  ('member', 'desks 12:00-13:00, room 12:00-12:30', $$, priority => 3$$, 'PT403', 'forbidden'),
  ('member', 'desks 12:00-13:00', $$, owner_id => tests.id('colleague')$$, 'PT403', 'forbidden'),
  ('member', 'desks 12:00-13:00', $$, override => true, reason => 'why'$$, 'PT403', 'forbidden'),
  ('manager', 'desks 12:00-13:00', $$, override => true$$, 'PT400', 'invalid_argument'),
  ('manager', 'desks 12:00-13:00', $$, owner_id => tests.id('stranger')$$, 'PT404', 'not_found'),
  ('manager', 'desks 12:00-13:00, studio 12:30-13:30', $$, override => true, reason => 'VIP'$$, 'PT409', 'slot_taken');
grant select on before, refusals to public;
select throws_ok(format('select tests.be(%L), api.create_bundle(pg_temp.items(%L)%s)', who, items, more), code, slug, format('%s for %s: %s', slug, who, left(items || more, 90)))
  from refusals;
select throws_ok(format('select tests.be(''member''), api.create_bundle(%L)', items), 'PT400', 'invalid_argument', 'no items: ' || coalesce(items, 'null'))
  from unnest(array[null, 'null', '[]', '{}', '"x"', '7', '[null]', '[7]', '["x"]', '[[]]', '[{}, 7]']::text[]) items;
select tests.be('member');
select throws_ok($$ select api.create_bundle('[{}]') $$, 'PT404', 'not_found', 'an item is of something');
select throws_ok($$ select api.create_bundle((select jsonb_agg(jsonb_build_object('resource_id', tests.id('studio'), 'starts_at', tests.at('14:00', n), 'ends_at', tests.at('15:00', n))) from generate_series(1, 101) n)) $$,
  'PT400', 'invalid_argument', '101 are too many');
select is(tests.digest(), digest, 'nothing of that changed anything') from before;
select is(jsonb_array_length(api.create_bundle((select jsonb_agg(jsonb_build_object('resource_id', tests.id('studio'), 'starts_at', tests.at('14:00', n), 'ends_at', tests.at('15:00', n))) from generate_series(1, 100) n)) -> 'reservations'),
  100, '100 are not');
select is(tests.details($$ select api.create_bundle(pg_temp.items('desks 12:00-13:00, studio 12:30-13:30')) $$) #>> '{conflicts,0,starts_at}', to_jsonb(tests.at('12:00')) #>> '{}', 'a refusal tells what is in the way');
select is(tests.details($$ select api.create_bundle(pg_temp.items('desks 12:00-13:00 {"units": "two"}')) $$), '{"argument": "items"}', 'or which argument is wrong');

-- An Idempotency-Key
create function pg_temp.send(key text) returns void language sql
as $$ select set_config('request.headers', jsonb_build_object('idempotency-key', key)::text, true), set_config('response.headers', '', true) $$;
select pg_temp.send('k');
create temp table first as select api.create_bundle(pg_temp.items('studio 16:00-17:00, desks 12:00-13:00')) as answer;
select is(api.create_bundle(pg_temp.items('studio 16:00-17:00, desks 12:00-13:00')), answer, 'the same key again: the same answer') from first;
select is(current_setting('response.headers'), '[{"Idempotency-Replayed": "true"}]', 'marked as a replay');
select is(count(*), 2::bigint, 'and no second effect') from api.reservations r, first where r.bundle_id = (answer ->> 'bundle_id')::uuid;
select throws_ok($$ select api.create_bundle(pg_temp.items('studio 16:00-17:00')) $$, 'PT422', 'idempotency_key_reused', 'it is for those items');
select set_config('request.headers', '', true);

-- Who sees them
select is(count(*), 0::bigint, 'a member sees their own') from api.bundles where owner_id <> tests.id('member');
select tests.be('colleague');
select set_eq('select id from api.bundles', array[tests.id('hers')], 'and no others');
select tests.be('approver');
select cmp_ok(count(*), '>', 5::bigint, 'approvers see all') from api.bundles;
select tests.be('stranger');
select set_eq('select id from api.bundles', array[tests.id('theirs too')], 'of their tenant');
select tests.be('admin');
select throws_ok($$ update api.bundles set title = 'x' $$, '42501', null, 'nobody writes them by hand');
select tests.be_dba();
select throws_ok($$ delete from booking.bundles where id = tests.id('u') $$, '23503', null, 'a DBA does not take one from under its reservations');
select throws_ok($$ insert into booking.reservations (tenant_id, resource_id, starts_at, ends_at, bundle_id) values (tests.id('globex'), tests.id('theirs'), tests.at('12:00'), tests.at('13:00'), tests.id('u')) $$,
  '23503', null, 'nor adds another tenant''s to it');
select is_empty('select * from booking.verify_invariants()', 'all is in order');

select * from finish();
rollback;
