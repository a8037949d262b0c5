-- Resources: managers write them through api.resources; everybody in the tenant reads them.
begin;
select no_plan();
select tests.world();
select tests.reserve('a', 'room', '09:00', '10:00');
update booking.tenants set timezone = 'Europe/Berlin' where id = tests.id('acme');

-- Others read
create temp table before as select tests.digest();
grant select on before to public;
create temp table refusals as
select who, statement
  from unnest('{member, approver}'::text[]) who,
       unnest(array[$$ insert into api.resources (name) values ('new') $$,
                    $$ update api.resources set name = 'x' where id = tests.id('room') $$,
                    $$ delete from api.resources where id = tests.id('studio') $$]) statement;
grant select on refusals to public;
select throws_ok(format('select tests.be(%L)', who) || ';' || statement, 'PT403', 'forbidden', who || ':' || statement) from refusals;
select tests.be('stranger');
select is(tests.answer($$ update api.resources set name = 'x' where id = tests.id('room') $$), '{"rows": 0}', 'another tenant''s admin changes nothing of ours');
select is(tests.answer($$ delete from api.resources where id = tests.id('room') $$), '{"rows": 0}', 'and deletes nothing');
select is(tests.answer(format('insert into api.resources (tenant_id, name) values (%L, ''x'')', tenant)) ->> 'message', 'forbidden', 'nor makes anything')
  from (values (tests.id('acme')), (tests.id('no tenant'))) t (tenant);
select is(tests.digest(), digest, 'nothing of that changed anything') from before;

-- A manager writes
select tests.be('manager');
create temp table made (like api.resources);
with inserted as (insert into api.resources (id, name) values (tests.id('new'), 'New') returning *)
insert into made select * from inserted;
select is(to_jsonb(made) - 'created_at' - 'updated_at', jsonb_build_object(
    'tenant_id', tests.id('acme'), 'id', tests.id('new'), 'kind', 'room', 'name', 'New', 'description', '', 'timezone', 'Europe/Berlin', 'capacity', 1,
    'seats', null, 'tags', '{}'::text[], 'requires_approval', false, 'blocking_statuses', '{held,pencilled,confirmed,checked_in}'::text[], 'is_active', true,
    'source_module', null, 'source_id', null, 'price_amount', null, 'price_currency', null, 'price_per', null, 'metadata', '{}'::jsonb),
  'what is not given takes its default, the time zone the tenant''s') from made;
select results_eq('table made', $$ select * from api.resources where id = tests.id('new') $$, 'the answer is what is then read');
select is(tests.answer($$ update api.resources set capacity = 5, seats = 8, timezone = 'Asia/Tokyo', tags = '{a,b}', metadata = '{"a": 1}' where id = tests.id('new') $$),
  '{"rows": 1}', 'columns are changed');
update api.resources set seats = 8, timezone = 'Asia/Tokyo', metadata = '{"a": null}' where id = tests.id('new');
select is(array[seats::text, timezone, metadata::text], '{8,Asia/Tokyo,"{\"a\": null}"}', 'as they were given') from api.resources where id = tests.id('new');
update api.resources set seats = null, timezone = null where id = tests.id('new');
select is(array[seats::text, timezone], '{null,Europe/Berlin}', 'or taken back') from api.resources where id = tests.id('new');
insert into api.resources (id, name, metadata) values (tests.id('m'), 'm', '{"a": null, "b": {"c": null}}');
select is(metadata, '{"a": null, "b": {"c": null}}', 'a null within metadata is a value') from api.resources where id = tests.id('m');

-- Events
select is(tests.events('new'), '{resource.created, resource.updated, resource.updated}', 'one change, one event');
select is((tests.last_event('new')).actor_id, tests.id('manager'), 'with the actor');
select is(booking.event_data(tests.last_event('new')) -> 'previous', '{"seats": 8, "timezone": "Asia/Tokyo"}', 'and what was before');
update api.resources set seats = null where id = tests.id('new');
select is(cardinality(tests.events('new')), 3, 'what changes nothing is no change');
delete from api.resources where id = tests.id('new');
select is(tests.events('new'), '{resource.created, resource.updated, resource.updated, resource.deleted}', 'a deletion, too');
select is_empty($$ select from api.resources where id = tests.id('new') $$, 'it is gone');

-- Refusals
select tests.be_dba();
truncate before;
insert into before select tests.digest();
select tests.be('manager');
select throws_ok(statement, code, slug, slug || ':' || statement)
  from (values
    ($$ insert into api.resources (name, timezone) values ('x', 'Mars/Olympus') $$, 'PT400', 'unknown_timezone'),
    ($$ update api.resources set timezone = 'CEST' where id = tests.id('room') $$, 'PT400', 'unknown_timezone'),
    ($$ insert into api.resources (kind) values ('room') $$, 'PT400', 'invalid_argument'),
    ($$ insert into api.resources (name) values ('') $$, 'PT400', 'invalid_argument'),
    ($$ insert into api.resources (name) values (repeat('x', 201)) $$, 'PT400', 'invalid_argument'),
    ($$ insert into api.resources (name) values (E'a\nb') $$, 'PT400', 'invalid_argument'),
    ($$ update api.resources set name = E'a\rb' where id = tests.id('room') $$, 'PT400', 'invalid_argument'),
    ($$ insert into api.resources (name, kind) values ('x', 'Big Room') $$, 'PT400', 'invalid_argument'),
    ($$ insert into api.resources (name, price_amount) values ('x', -1) $$, 'PT400', 'invalid_argument'),
    ($$ insert into api.resources (name, metadata) values ('x', '[]') $$, 'PT400', 'invalid_argument'),
    ($$ insert into api.resources (name, metadata) values ('x', (repeat('{"a":', 33) || '{}' || repeat('}', 33))::jsonb) $$, 'PT400', 'invalid_argument'),
    ($$ insert into api.resources (name, source_module) values ('x', 'crm') $$, 'PT400', 'invalid_argument'),
    ($$ insert into api.resources (name, blocking_statuses) values ('x', '{held}') $$, 'PT400', 'invalid_argument'),
    ($$ update api.resources set capacity = 0 where id = tests.id('room') $$, 'PT400', 'invalid_argument'),
    ($$ update api.resources set name = null where id = tests.id('room') $$, 'PT400', 'invalid_argument'),
    ($$ update api.resources set id = gen_random_uuid() where id = tests.id('studio') $$, 'PT400', 'invalid_argument'),
    ($$ update api.resources set tenant_id = tests.id('globex') where id = tests.id('studio') $$, 'PT403', 'forbidden'),
    ($$ insert into api.resources (id, name) values (tests.id('room'), 'x') $$, 'PT409', 'duplicate_id'),
    ($$ delete from api.resources where id = tests.id('room') $$, 'PT409', 'capacity_in_use')) as refusals (statement, code, slug);
select is(tests.digest(), digest, 'nothing of that changed anything') from before;
-- Names stand in headers, of mails and calendars.
select is_empty($$
  select c.table_name, c.column_name
    from information_schema.columns c
   where c.table_schema = 'booking' and c.column_name in ('name', 'display_name')
     and exists (select from pg_class where oid = ('booking.' || c.table_name)::regclass and relkind = 'r')
     and not exists (
       select from pg_constraint k
        where k.conrelid = ('booking.' || c.table_name)::regclass and k.contype = 'c'
          and strpos(pg_get_constraintdef(k.oid), c.column_name || $x$ !~ '[\u0001-\u001f$x$) > 0) $$, 'every name is one line');
select tests.be_dba();
select throws_ok(format($$ insert into booking.tenants (slug, name) values ('x', %L) $$, 'a' || chr(c) || 'b'), '23514', null, 'no name has character ' || c)
  from unnest(array[1, 9, 10, 13, 31, 127, 133, 159, 8232, 8233]) c;
select lives_ok(format($$ insert into booking.tenants (slug, name) values ('x%s', %L) $$, c, 'a' || chr(c) || 'b'), 'but ' || c)
  from unnest(array[32, 126, 160, 8230]) c;
select tests.be('manager');
select is(tests.details($$ insert into api.resources (kind) values ('room') $$), '{"argument": "name", "constraint": "name"}', 'the details name the column');
select is(tests.answer($$ insert into api.resources (id, name) values (tests.id('theirs'), 'ours') $$), '{"rows": 1}', 'an id that another tenant has is free here');

-- Blocking statuses
select tests.be_dba();
select tests.reserve('b', 'room', '09:30', '10:30', 'tentative');
truncate before;
insert into before select tests.digest();
select tests.be('manager');
select is(tests.details($$ update api.resources set blocking_statuses = '{tentative, confirmed, checked_in}' where id = tests.id('room') $$), jsonb_build_object('resource_id', tests.id('room'), 'conflicts', jsonb_build_array(
    jsonb_build_object('reservation_ids', array[tests.id('a'), tests.id('b')], 'starts_at', tests.at('09:30'), 'ends_at', tests.at('10:00')))), 'what would overlap is not made to block; the pairs are named');
select throws_ok($$ update api.resources set blocking_statuses = '{tentative, confirmed, checked_in}' where id = tests.id('room') $$, 'PT409', 'capacity_in_use', 'with a conflict');
select throws_ok(format('update api.resources set blocking_statuses = %L where id = tests.id(''room'')', statuses), 'PT400', 'invalid_argument', statuses || ' cannot block')
  from unnest(array['{}', '{held}', '{confirmed}', '{confirmed,checked_in,cancelled}', '{confirmed,checked_in,expired}', '{confirmed,checked_in,displaced}']) statuses;
select is(tests.digest(), digest, 'none of which changed anything') from before;
select is(tests.answer($$ update api.resources set blocking_statuses = '{confirmed, checked_in}' where id = tests.id('room') $$), '{"rows": 1}', 'what blocks less always goes');

select * from finish();
rollback;
