-- Who gets what, of every view, table and function there is: they are read from the catalogue, so none is forgotten.
begin;
select no_plan();
select tests.world();
select tests.reserve('ours', 'room', '09:00', '10:00');
select tests.reserve('other', 'theirs', '09:00', '10:00', owner => 'stranger');
select tests.reserve('ours too', 'stage', '09:00', '10:00', 'pending');
select tests.reserve('other too', 'theirs', '09:00', '10:00', 'pending', 'stranger');
select tests.rule('room', '{"hold_ttl": "1 hour"}');
insert into booking.booking_rules (tenant_id, kind) values (tests.id('globex'), 'room');
insert into booking.bundles (tenant_id, id, owner_id) values (tests.id('acme'), tests.id('our bundle'), tests.id('member')), (tests.id('globex'), tests.id('other bundle'), tests.id('stranger'));
select tests.recur('our series', 'FREQ=DAILY;COUNT=2', 'studio'), tests.recur('other series', 'FREQ=DAILY;COUNT=2', 'theirs', owner => 'stranger');
insert into booking.blackouts (tenant_id, id, resource_id, starts_at, ends_at)
values (tests.id('acme'), tests.id('our blackout'), tests.id('studio'), tests.at('09:00'), tests.at('10:00')), (tests.id('globex'), tests.id('other blackout'), tests.id('theirs'), tests.at('11:00'), tests.at('12:00'));
insert into booking.booking_attempts (tenant_id, occurred_at, outcome) select tests.id(tenant), tests.at('08:00'), 'slot_taken' from unnest('{acme, globex}'::text[]) tenant;
insert into booking.idempotency_keys (tenant_id, user_id, key, operation, hash, response) values (tests.id('acme'), tests.id('member'), 'k', 'o', '', '{}');
-- Hours, who waits, and how members have kept what they booked. On 1 February it is closed.
insert into booking.opening_hours (tenant_id, kind, weekday, opens, closes) select tests.id(tenant), 'ship', 1, '09:00', '17:00' from unnest('{acme, globex}'::text[]) tenant;
insert into booking.opening_exceptions (tenant_id, date, is_closed) select tests.id(tenant), '2030-02-01', true from unnest('{acme, globex}'::text[]) tenant;
insert into booking.reservations (tenant_id, resource_id, owner_id, starts_at, ends_at)
values (tests.id('acme'), tests.id('room'), tests.id('member'), tests.at('09:00', 25), tests.at('10:00', 25)), (tests.id('globex'), tests.id('theirs'), tests.id('stranger'), tests.at('09:00', 25), tests.at('10:00', 25));
insert into booking.waitlist_entries (tenant_id, id, resource_id, owner_id, starts_at, ends_at, expires_at)
values (tests.id('acme'), tests.id('our entry'), tests.id('room'), tests.id('member'), tests.at('09:00'), tests.at('10:00'), tests.at('10:00')),
       (tests.id('globex'), tests.id('other entry'), tests.id('theirs'), tests.id('stranger'), tests.at('09:00'), tests.at('10:00'), tests.at('10:00'));
select tests.reserve('missed', 'studio', '06:00', '06:30'), tests.reserve('other missed', 'theirs', '06:00', '06:30', owner => 'stranger');
update booking.reservations set status = 'no_show' where id in (tests.id('missed'), tests.id('other missed'));
insert into booking.payments (tenant_id, id, owner_id, provider, amount, currency)
values (tests.id('acme'), tests.id('our payment'), tests.id('member'), 'payfast', 1, 'ZAR'), (tests.id('globex'), tests.id('other payment'), tests.id('stranger'), 'payfast', 1, 'ZAR');
insert into booking.payment_items (tenant_id, payment_id, reservation_id, amount)
values (tests.id('acme'), tests.id('our payment'), tests.id('ours'), 1), (tests.id('globex'), tests.id('other payment'), tests.id('other'), 1);
insert into booking.payment_notifications (tenant_id, provider, body) values (tests.id('acme'), 'payfast', ''), (tests.id('globex'), 'payfast', '');
insert into booking.calendar_feeds (tenant_id, id, user_id, token_hashes) values (tests.id('acme'), tests.id('our feed'), tests.id('member'), '{}'), (tests.id('globex'), tests.id('other feed'), tests.id('stranger'), '{}');
insert into booking.mails (tenant_id, id, user_id, kind, items) values (tests.id('acme'), tests.id('our mail'), tests.id('member'), 'confirmed', '[]'), (tests.id('globex'), tests.id('other mail'), tests.id('stranger'), 'confirmed', '[]');
insert into booking.mail_templates (tenant_id, kind, subject, body) select tests.id(tenant), 'confirmed', 'x', 'y' from unnest('{acme, globex}'::text[]) tenant;
-- Where events are sent, and one on its way there
insert into booking.webhook_endpoints (tenant_id, id, url) values (tests.id('acme'), tests.id('our endpoint'), 'https://example.org'), (tests.id('globex'), tests.id('other endpoint'), 'https://example.com');
insert into booking.webhook_secrets (tenant_id, endpoint_id, number, secret) select tenant_id, id, 1, booking.make_secret() from booking.webhook_endpoints;
insert into booking.webhook_deliveries (tenant_id, endpoint_id, event_id, event_type, seq, subject_id) select tenant_id, id, gen_random_uuid(), 'x', 0, 'x' from booking.webhook_endpoints;
select tests.sequence();

-- The same for every tenant, and so for nobody's eyes in particular.
create temp table shared (name) as values ('reservation_transitions'), ('reservation_statuses'), ('rule_definitions'), ('modules'), ('event_consumers'), ('event_sequencer');
select is_empty($$ select role, name from unnest('{anon, authenticated, service_role, berth_gateway}'::name[]) role, unnest('{rule_definitions, modules, event_consumers, event_sequencer}'::text[]) name where has_table_privilege(role, 'booking.' || name, 'select, insert, update, delete') $$,
  'which modules and consumers there are, and how many events, is the engine''s to know');

-- Nothing that counts over all tenants is told: it would tell how much the others do.
select set_eq($$ select attrelid::regclass::text || '.' || attname from tests.counters $$,
  '{booking.events.seq,booking.events.xid,booking.event_positions.position,booking.event_sequencer.snapshot_xmax,booking.event_sequencer.snapshot_xip,booking.event_sequencer.last_position,booking.event_consumers.position,booking.tenants.pruned_position,booking.waitlist_entries.turn,booking.mails.turn,booking.webhook_endpoints.after_seq,booking.webhook_deliveries.seq}'::text[], 'these count');
select is_empty($$ select p.oid::regprocedure, n.name from pg_proc p, unnest(p.proargnames) n (name) where pronamespace = 'api'::regnamespace and n.name in (select attname from tests.counters) $$, 'no function of the api has one');
create temp table told as select key, value from jsonb_each('{}');
grant all on told to public;
do $$
declare v_name text;
begin
  update booking.webhook_endpoints set created_by = tests.id('admin');
  update booking.waitlist_entries set owner_id = tests.id('admin') where tenant_id = tests.id('acme');
  update booking.mails set user_id = tests.id('admin') where tenant_id = tests.id('acme');
  foreach v_name in array '{member, admin}'::text[] loop
    perform tests.be(v_name);
    insert into told values ('export', api.export_my_data());
    insert into told select 'event', to_jsonb(e) from api.list_events() e;
  end loop;
  perform tests.be_dba();
end
$$;
select ok(bool_and(value -> part <> '[]'), 'exported: ' || part) from told, unnest('{waitlist_entries, webhook_endpoints, mails}'::text[]) part where key = 'export' and value #>> '{profile,role}' = 'admin' group by part;
select is_empty($$ select distinct t.key, k from told t, jsonb_path_query(t.value, 'strict $.** ? (@.type() == "object").keyvalue().key') k where k #>> '{}' in (select attname from tests.counters) $$, 'no export or event has one');

create temp table relations as
select c.oid::regclass as relation, n.nspname as schema,
       (select attname from pg_attribute where attrelid = c.oid and attname = case relname when 'tenants' then 'id' else 'tenant_id' end) as tenant
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
 where nspname in ('api', 'booking') and relkind in ('r', 'p', 'v', 'm') and relname not in (select name from shared);
create temp table functions as
select p.oid::regprocedure as function, p.* from pg_proc p where pronamespace = 'api'::regnamespace;
grant select on relations, functions to public;
select is_empty('select relation from relations where tenant is null', 'each row of each relation belongs to a tenant');

create function pg_temp.rows(relation regclass, condition text default 'true') returns bigint language plpgsql
as $$
declare v_rows bigint;
begin
  if not has_table_privilege(relation, 'select') then
    return 0;
  end if;
  execute format('select count(*) from %s where %s', relation, condition) into v_rows;
  return v_rows;
end
$$;

-- A call of a function with the ids given, on their own or in its lists, and whatever else it insists on.
create function pg_temp.call(wanted regprocedure, ids jsonb) returns text language plpgsql
as $$
declare
  v_arguments text;
begin
  select string_agg(format('%I => %L::%s', name, case
           when type = 'uuid'::regtype then ids ->> name
           when name = 'starts_at' then tests.at('14:00')::text when name = 'ends_at' then tests.at('15:00')::text
           when name = 'shift' then '1 hour'
           when name = 'rrule' then 'FREQ=DAILY;COUNT=2' when name = 'local_start' then '2030-01-14 14:00' when name = 'duration' then '1 hour'
           when name = 'resource_ids' then format('{%s}', ids ->> 'resource_id')
           when name = 'at' then tests.at('08:00')::text
           when name = 'rules' then '{}' when name = 'operations' then '[]' when name = 'url' then 'https://example.org'
           when name in ('items', 'moves') then jsonb_build_array(jsonb_build_object('starts_at', tests.at('14:00'), 'ends_at', tests.at('15:00'))
             || jsonb_build_object(case name when 'items' then 'resource_id' else 'reservation_id' end, case name when 'items' then ids -> 'resource_id' else ids -> 'reservation_id' end))::text
           end, type::regtype), ', ')
    into v_arguments
    from functions f, unnest(f.proargtypes::oid[], f.proargnames[1:f.pronargs]) with ordinality as a (type, name, n)
   where f.function = wanted and (type = 'uuid'::regtype or n <= f.pronargs - f.pronargdefaults
                                  -- Of what may be left out, all series functions need one: how long, or where to.
                                  or name = 'duration' and type = 'interval'::regtype or name = 'resource_ids');
  return format('select * from %s(%s)', wanted::oid::regproc, v_arguments);
end
$$;
create temp table ids as
select tenant, jsonb_build_object('resource_id', tests.id(resource), 'reservation_id', tests.id(reservation), 'exclude_reservation_id', tests.id(reservation),
                                  'id', tests.id(reservation), 'owner_id', tests.id(person), 'bundle_id', tests.id(bundle), 'blackout_id', tests.id(blackout), 'series_id', tests.id(series)) as ids
  from (values ('acme', 'room', 'our series1', 'member', 'our bundle', 'our blackout', 'our series'), ('globex', 'theirs', 'other series1', 'stranger', 'other bundle', 'other blackout', 'other series'),
               ('nothing', 'x', 'y', 'z', 'u', 'v', 's')) t (tenant, resource, reservation, person, bundle, blackout, series);
grant select on ids to public;
update ids set ids = ids || jsonb_build_object('entry_id', tests.id(case tenant when 'acme' then 'our entry' when 'globex' then 'other entry' else 'w' end),
                                               'payment_id', tests.id(case tenant when 'acme' then 'our payment' when 'globex' then 'other payment' else 'p' end),
  'feed_id', tests.id(case tenant when 'acme' then 'our feed' when 'globex' then 'other feed' else 'f' end), 'user_id', ids -> 'owner_id',
                                               'endpoint_id', tests.id(case tenant when 'acme' then 'our endpoint' when 'globex' then 'other endpoint' else 'e' end));
create temp table arguments as
select function, name, type::regtype, n > pronargs - pronargdefaults as optional
  from functions f, unnest(f.proargtypes::oid[], f.proargnames[1:f.pronargs]) with ordinality as a (type, name, n)
 union all
-- What lists are of
select function, id, 'uuid', false
  from functions f, (values ('resource_ids', 'resource_id'), ('items', 'resource_id'), ('moves', 'reservation_id')) as lists (list, id)
 where list = any (f.proargnames);
grant select on arguments to public;
delete from arguments where name in ('rules', 'operations'); -- pg_temp.call() knows them
select set_eq($$ select distinct name from arguments where type = 'uuid'::regtype $$, 'select jsonb_object_keys(ids) from ids',
  'the ids that functions take are all known here');
select is_empty($$ select function, name from arguments where not optional and type <> 'uuid'::regtype and name not in ('starts_at', 'ends_at', 'shift', 'rrule', 'local_start', 'duration', 'resource_ids', 'items', 'moves', 'at', 'url') $$,
  'and so is what else they insist on');

create function pg_temp.sees_nothing(who text) returns setof text language plpgsql
as $$
begin
  return query select is(pg_temp.rows(relation), 0::bigint, format('%s: no row of %s', who, relation)) from relations;
  return query
  select pg_temp.ok(a ->> 'message' = 'forbidden' and a ->> 'code' = 'PT403' or proretset and a = '{"rows": 0}', format('%s: nothing from %s', who, function), a::text)
    from (select f.*, tests.answer(pg_temp.call(function, ids)) as a from functions f, ids where tenant = 'acme') f;
end
$$;

create function pg_temp.ok(boolean, text, text) returns text language sql
as $$ select tap.ok($1, $2) || case when $1 then '' else e'\n# ' || $3 end $$;

-- The tenant's own admin sees something everywhere, or the rest would prove nothing; and nothing of others.
select tests.be('admin');
select cmp_ok(pg_temp.rows(relation), '>', 0::bigint, format('admin: has rows of %s', relation)) from relations where schema = 'api';
select is(pg_temp.rows(relation, format('%I is distinct from tests.id(''acme'')', tenant)), 0::bigint, format('admin: only of their tenant, %s', relation)) from relations;
create temp table as_admin as select relation, pg_temp.rows(relation) as rows from relations;

-- A stranger sees their own tenant's rows and nothing of ours.
select tests.be('stranger');
select cmp_ok(pg_temp.rows(relation), '>', 0::bigint, format('stranger: has rows of %s', relation)) from relations where schema = 'api';
select is(pg_temp.rows(relation, format('%I is distinct from tests.id(''globex'')', tenant)), 0::bigint, format('stranger: no row of ours in %s', relation)) from relations;
-- One foreign id at a time among ids of their own: what exists elsewhere answers as what does not exist at all.
create temp table asked as
select function, name, foreign_id, unknown_id,
       tests.answer(pg_temp.call(function, own || jsonb_build_object(name, foreign_id))) as of_foreign,
       tests.answer(pg_temp.call(function, own || jsonb_build_object(name, unknown_id))) as of_unknown
  from (select a.*, o.ids || jsonb_build_object('id', tests.id('new')) as own, f.ids ->> name as foreign_id, u.ids ->> name as unknown_id
          from arguments a, ids o, ids f, ids u
         where o.tenant = 'globex' and f.tenant = 'acme' and u.tenant = 'nothing' and type = 'uuid'::regtype) a;
select is(replace(of_foreign::text, foreign_id, 'the id'), replace(of_unknown::text, unknown_id, 'the id'), format('stranger: our %s and no %1$s are the same to %s', name, function))
  from asked;
-- A key of their own and a reservation that is not in the way may be anything.
select pg_temp.ok(of_foreign ->> 'message' = 'not_found' or of_foreign = '{"rows": 0}' or name in ('id', 'exclude_reservation_id'), format('stranger: our %s gets nothing out of %s', name, function), of_foreign::text)
  from asked;
select is(coalesce(tests.answer(pg_temp.call(function, ids)) ->> 'rows', '0'), '0', format('stranger: nothing of ours from %s', function))
  from functions, ids where tenant = 'acme' and exists (select from arguments a where a.function = functions.function and type = 'uuid'::regtype);

-- A token alone is nothing: it takes a live membership of the tenant it names.
select tests.be('stranger', 'acme');
select pg_temp.sees_nothing('a token for a tenant one is not in');
select tests.be('member', 'globex');
select pg_temp.sees_nothing('the same the other way');
select tests.be('member', 'no tenant');
select pg_temp.sees_nothing('a token for no tenant that is');
select tests.become('authenticated', null);
select pg_temp.sees_nothing('no claims');
select tests.become('authenticated', jsonb_build_object('sub', tests.id('member')));
select pg_temp.sees_nothing('a token without a tenant');
select tests.become('authenticated', jsonb_build_object('tenant_id', tests.id('acme')));
select pg_temp.sees_nothing('a token without a user');
select tests.become('authenticated', jsonb_build_object('sub', '', 'tenant_id', ''));
select pg_temp.sees_nothing('a token of empty claims');
select tests.become('authenticated', jsonb_build_object('sub', tests.id('member'), 'app_metadata', '{"tenant_id": ""}'::jsonb));
select is(tests.answer(format('select * from %s where tenant_id is not null', relation)), '{"rows": 0}', format('a token of an empty app_metadata.tenant_id: no row of %s', relation))
  from relations where schema = 'api';
select tests.be_dba();
select tests.become('service_role', jsonb_build_object('sub', tests.id('stranger'), 'tenant_id', tests.id('acme')));
select pg_temp.sees_nothing('a server with such a token') where has_schema_privilege('service_role', 'api', 'usage');
-- On Supabase, where row level security does not bind that role, it is kept out of the schemas.
select throws_ok(format('select * from %s', relation), '42501', null, format('a server that bypasses row level security: refused at the door of %s', relation))
  from relations where not has_schema_privilege('service_role', 'api', 'usage');
select tests.be_dba();
select is(bool_or(rolbypassrls and has_schema_privilege(rolname, 'api', 'usage')), false, 'whoever may use api is bound by row level security')
  from pg_roles where rolname in ('anon', 'authenticated', 'service_role');

-- Supabase's place for the tenant
select tests.become('authenticated', jsonb_build_object('sub', tests.id('admin'), 'app_metadata', jsonb_build_object('tenant_id', tests.id('acme'))));
select is(pg_temp.rows(relation), rows, format('app_metadata.tenant_id: the rows of %s', relation)) from as_admin;
select lives_ok($$ select api.create_reservation(tests.id('room'), tests.at('16:00'), tests.at('17:00')) $$, 'app_metadata.tenant_id: books');
select tests.become('authenticated', jsonb_build_object('sub', tests.id('admin'), 'tenant_id', tests.id('globex'), 'app_metadata', jsonb_build_object('tenant_id', tests.id('acme'))));
select pg_temp.sees_nothing('tenant_id goes before app_metadata');

-- A member who is removed
select tests.be('member');
select lives_ok($$ select api.create_reservation(tests.id('room'), tests.at('18:00'), tests.at('19:00')) $$, 'a member books');
select tests.be_dba();
delete from booking.members where user_id = tests.id('member');
select tests.be('member');
select pg_temp.sees_nothing('a removed member');

-- Nobody
select tests.be_nobody();
select throws_ok(format('select * from %s', relation), '42501', null, format('nobody: refused at the door of %s', relation)) from (select relation::text from relations union all select 'api.reservation_transitions') r;
select throws_ok(pg_temp.call(function, ids), '42501', null, format('nobody: refused at the door of %s', function)) from functions, ids where tenant = 'acme';

-- Even the owner, and so each function of theirs, is in one tenant at a time, or in none.
select tests.become('berth_owner', null);
select is(pg_temp.rows(relation), 0::bigint, format('owner: no row of %s', relation)) from relations where schema = 'booking';
select set_config('booking.tenant_id', tests.id('globex')::text, true);
select is(pg_temp.rows(relation, format('%I is distinct from tests.id(''globex'')', tenant)), 0::bigint, format('owner in globex: no row of ours in %s', relation))
  from relations where schema = 'booking';
select throws_ok(format('insert into booking.members values (%L, gen_random_uuid())', tests.id('acme')), '42501', null, 'owner in globex: writes nothing of ours');

-- Views that can be written
select tests.be_dba();
select set_eq($$ select relation::text from relations where has_table_privilege('authenticated', relation, 'insert, update, delete') $$,
  array['api.resources', 'api.booking_rules', 'api.opening_hours', 'api.opening_exceptions', 'api.mail_templates'], 'no other view takes writing');
select tests.be('admin');
select throws_ok(format('delete from %s', relation), '42501', null, format('admin: writes nothing of %s by hand', relation)) from relations
 where relation not in ('api.resources'::regclass, 'api.booking_rules'::regclass, 'api.opening_hours'::regclass, 'api.opening_exceptions'::regclass, 'api.mail_templates'::regclass) and pg_relation_is_updatable(relation, false) & 16 > 0; -- a delete

-- The door of every HTTP request
select throws_ok(format('select tests.become(''authenticated'', %L), booking.check_request()', claims), code, slug, 'the door: ' || slug || ' for ' || claims)
  from (values ('{}', 'PT401', 'invalid_token'), ('{"sub": "5b95846b-de97-f6a9-2430-058003444dce", "tenant_id": "5b95846b-de97-f6a9-2430-058003444dce"}', 'PT401', 'invalid_token'),
               ('{"exp": 1e300}', 'PT401', 'invalid_token'), ('{"exp": 253402300800}', 'PT401', 'invalid_token'),
               ('{"exp": 253402300799}', 'PT403', 'forbidden'),
               ('{"exp": 1}', 'PT403', 'forbidden'), ('{"exp": 1, "sub": "x", "tenant_id": "5b95846b-de97-f6a9-2430-058003444dce"}', 'PT403', 'forbidden'),
               ('{"exp": 1, "sub": "5b95846b-de97-f6a9-2430-058003444dce", "tenant_id": "x"}', 'PT403', 'forbidden'),
               ('{"exp": 1, "sub": "5b95846b-de97-f6a9-2430-058003444dce", "app_metadata": {"tenant_id": ""}}', 'PT403', 'forbidden')) as tokens (claims, code, slug);
select lives_ok($$ select tests.be('member'), booking.check_request() $$, 'the door: open for a user and a tenant');

select * from finish();
rollback;
