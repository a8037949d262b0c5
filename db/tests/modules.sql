-- booking.attach_module: rows of another module's table book, move and give back, and hear what becomes of their time.
begin;
select no_plan();
select tests.world();
select tests.rule('room', '{"allow_preemption": true, "max_priority": 9}');

create schema rehearse;
grant usage on schema rehearse to authenticated;
create table rehearse.sessions (
  session_id  text primary key default gen_random_uuid()::text,
  tenant      uuid not null,
  "the room"  uuid,
  begins      timestamptz,
  ends        timestamptz,
  state       text default 'planned',
  band        text,
  berth_flag  text,
  note        text
);
grant select, insert, update, delete on rehearse.sessions to authenticated;
create function pg_temp.columns(changed jsonb default '{}') returns jsonb language sql
return jsonb_strip_nulls('{"tenant_id": "tenant", "id": "session_id", "resource_id": "the room", "starts_at": "begins", "ends_at": "ends",
  "status": "state", "cancelled_values": ["called off", "void"], "title": "band", "flag": "berth_flag"}'::jsonb || changed);

-- A session as the module inserts it, and what has become of it: the room, the time, the status and the title.
create function pg_temp.session(name text, resource text, starts text, ends text, state text default 'planned', tenant text default 'acme') returns void language sql
as $$ insert into rehearse.sessions values (name, tests.id(tenant), tests.id(resource), tests.at(starts), tests.at(ends), state, name || '''s') $$;
create function pg_temp.booked(name text) returns text[] language sql security definer
as $$
  select coalesce(array_agg(format('%s %s-%s %s %s', s.name, to_char(r.starts_at, 'HH24:MI'), to_char(r.ends_at, 'HH24:MI'), r.status, r.title)
                            order by r.created_at, r.status::text <> 'cancelled', r.starts_at), '{}')
    from booking.reservations r
    join booking.resources s on s.tenant_id = r.tenant_id and s.id = r.resource_id
   where r.source_module = 'rehearse' and r.source_id = booked.name and r.owner_id is null
$$;
create function pg_temp.live(name text) returns booking.reservations language sql security definer
as $$ select * from booking.reservations where source_id = live.name and owner_id is null and status in ('pending', 'confirmed', 'checked_in', 'held', 'pencilled') $$;
create function pg_temp.flag(name text) returns text language sql security definer
as $$ select berth_flag from rehearse.sessions where session_id = flag.name $$;
create function pg_temp.told(name text) returns text[] language sql security definer
as $$
  select array_agg(substr(e.type, 13) || coalesce(': ' || e.reason, '') order by e.seq)
    from booking.events e join booking.reservations r on r.tenant_id = e.tenant_id and r.id = e.reservation_id
   where r.source_id = told.name and r.owner_id is null
$$;

-- What does not fit is refused in a sentence.
create table rehearse.bare (session_id text, tenant uuid, "the room" uuid, begins timestamptz, ends timestamptz, state text, band text, berth_flag text);
create table rehearse.parts (like rehearse.sessions) partition by hash (session_id);
create view rehearse.seen as select * from rehearse.sessions;
select is(tests.answer(format('select booking.attach_module(%s, %L, %L)', coalesce(quote_literal(module), 'null'), source, columns))
            - 'code' - 'message' - 'details' ->> 'hint', hint, hint)
  from (values
    ('rehearse', 'rehearse.sessions', '[]'::jsonb, 'columns is a JSON object: {"tenant_id": "the table''s column", …}.'),
    ('rehearse', 'rehearse.sessions', null, 'columns is a JSON object: {"tenant_id": "the table''s column", …}.'),
    ('rehearse', 'rehearse.sessions', pg_temp.columns('{"room": "begins"}'), 'columns knows no room.'),
    ('rehearse', 'rehearse.sessions', pg_temp.columns('{"ends_at": null}'), 'columns lacks ends_at.'),
    ('rehearse', 'rehearse.sessions', pg_temp.columns('{"title": 3}'), 'title names a column, as a string.'),
    ('rehearse', 'rehearse.sessions', pg_temp.columns('{"cancelled_values": "void"}'), 'cancelled_values is an array of values of the status column.'),
    ('rehearse', 'rehearse.sessions', pg_temp.columns('{"cancelled_values": null}'), 'status and cancelled_values go together.'),
    ('rehearse', 'rehearse.sessions', pg_temp.columns('{"status": null}'), 'status and cancelled_values go together.'),
    ('rehearse', 'rehearse.sessions', pg_temp.columns('{"flag": "Flag"}'), 'rehearse.sessions has no column "Flag".'),
    ('rehearse', 'rehearse.sessions', pg_temp.columns('{"resource_id": "band"}'), 'Column band of rehearse.sessions is text; as resource_id it must be uuid.'),
    ('rehearse', 'rehearse.sessions', pg_temp.columns('{"flag": "begins"}'), 'Column begins of rehearse.sessions is timestamp with time zone; as flag it must be text.'),
    ('rehearse', 'rehearse.sessions', pg_temp.columns('{"flag": "band"}'), 'Column band of rehearse.sessions cannot be both flag and title.'),
    ('rehearse', 'rehearse.bare', pg_temp.columns(), 'The rows of rehearse.bare cannot be told apart: make its id a primary key, or unique with its tenant.'),
    ('rehearse', 'rehearse.parts', pg_temp.columns(), 'rehearse.parts is no ordinary table of another module.'),
    ('rehearse', 'rehearse.seen', pg_temp.columns(), 'rehearse.seen is no ordinary table of another module.'),
    ('rehearse', 'booking.tenants', pg_temp.columns(), 'booking.tenants is no ordinary table of another module.'),
    ('', 'rehearse.sessions', pg_temp.columns(), 'module is a name of 1 to 63 characters.'),
    (null, 'rehearse.sessions', pg_temp.columns(), 'module is a name of 1 to 63 characters.')
  ) as faults (module, source, columns, hint);

-- A status that the column cannot have cancels nothing.
create type rehearse.state as enum ('planned', 'called off');
create domain rehearse.stage as text check (value in ('planned', 'called off'));
create table rehearse.states (state text primary key);
insert into rehearse.states values ('planned'), ('called off');
create table rehearse.typed (
  session_id text primary key, tenant uuid, "the room" uuid, begins timestamptz, ends timestamptz, band text, berth_flag text,
  enumerated rehearse.state,
  checked    text check (checked in ('planned', 'called off')),
  listed     varchar(10) check (listed = any ('{planned,called off}') and length(listed) > 2),
  governed   rehearse.stage,
  referring  text references rehearse.states,
  is_off     boolean,
  number     integer check (number between 0 and 9),
  price      numeric(5,2),
  free       text,
  paired     text,
  check (paired <> 'void' or free is null)
);
select is(tests.answer(format('select booking.check_module_columns(''rehearse.typed'', %L)', pg_temp.columns(jsonb_build_object('status', state, 'cancelled_values', values)))) ->> 'hint',
    case when refused is not null then format('Column %s of rehearse.typed can never be %L, so it is none of the cancelled_values.', state, refused) end, format('%s of %s', values, state))
  from (values
    ('enumerated', '["called off"]'::jsonb, null), ('enumerated', '["called off", "void"]', 'void'), ('enumerated', '["Called off"]', 'Called off'), ('enumerated', '[""]', ''),
    ('checked', '["called off"]', null), ('checked', '["void"]', 'void'), ('listed', '["called off"]', null), ('listed', '["called off "]', 'called off '), ('listed', '["cancelled by us"]', 'cancelled by us'),
    ('governed', '["called off"]', null), ('governed', '["void"]', 'void'), ('referring', '["called off"]', null), ('referring', '["void"]', 'void'),
    ('is_off', '["true"]', null), ('is_off', '[true]', null), ('is_off', '["t"]', 't'), ('is_off', '["yes"]', 'yes'), ('number', '[7, "8"]', null), ('number', '["07"]', '07'), ('number', '[10]', '10'), ('number', '["off"]', 'off'),
    ('price', '["1.00"]', null), ('price', '["1"]', '1'), ('price', '["1000.00"]', '1000.00'), ('free', '["anything", "''"]', null), ('paired', '["void"]', null), ('free', '[]', null)) as t (state, values, refused);
select is(tests.answer(format('select booking.check_module_columns(''rehearse.typed'', %L)', pg_temp.columns(jsonb_build_object('status', 'free', 'cancelled_values', values)))) ->> 'hint',
    'cancelled_values is an array of values of the status column.', 'no values: ' || values::text)
  from unnest(array['[null]', '[["x"]]', '[{"a": 1}]']::jsonb[]) values;
select throws_ok($$ select booking.attach_module('rehearse', 'rehearse.sessions', '{}') $$, 'PT400', 'invalid_argument', 'as 400 invalid_argument');
select throws_ok($$ select booking.detach_module('rehearse', 'rehearse.sessions') $$, 'PT404', 'not_found', 'what is not attached cannot be detached');

-- Before a table is attached, its name is anybody's.
select tests.be('member');
select lives_ok($$ select api.create_reservation(tests.id('studio'), tests.at('08:00', 50), tests.at('08:30', 50), id => tests.id('not hers'), source_module => 'rehearse', source_id => 'before') $$, 'a member books in the name of a module that is to come');
select tests.be_dba();

-- Attaching reserves for the rows that are there and want it, all or none.
select pg_temp.session('before', 'room', '09:00', '10:00');
select pg_temp.session('before off', 'room', '09:00', '10:00', 'void');
select pg_temp.session('long over', 'room', '06:00', '07:00');
select tests.reserve('in the way', 'room', '09:30', '10:00');
create temp table before as select tests.digest() as digest, (select array_agg(t::text) from pg_trigger t where tgrelid = 'rehearse.sessions'::regclass) as triggers;
select throws_ok($$ select booking.attach_module('rehearse', 'rehearse.sessions', pg_temp.columns()) $$, 'PT409', 'slot_taken', 'a conflict of what is there fails it all');
select is(tests.digest(), digest, 'and nothing is left of it') from before;
select is_empty($$ select from pg_trigger where tgrelid = 'rehearse.sessions'::regclass $$, 'no trigger either');
delete from booking.reservations where id = tests.id('in the way');
create temp table grants as select nspacl::text as usage, relacl::text as select, (select array_agg(attacl::text) from pg_attribute where attrelid = c.oid) as update
  from pg_class c join pg_namespace n on n.oid = relnamespace where c.oid = 'rehearse.sessions'::regclass;
select lives_ok($$ select booking.attach_module('rehearse', 'rehearse.sessions', pg_temp.columns()) $$, 'attached');
select is(pg_temp.booked('before'), '{"room 09:00-10:00 confirmed before''s"}', 'what was there is booked');
select is((tests.reservation('not hers')).status || ' ' || ((tests.reservation('not hers')).starts_at = tests.at('08:00', 50)), 'confirmed true', 'what a member called so beforehand stays what it was');
select is(pg_temp.booked('before off') || pg_temp.booked('long over'), '{}', 'but for what is called off or over');
select lives_ok($$ select booking.attach_module('rehearse', 'rehearse.sessions', pg_temp.columns()) $$, 'attached again');
select is(pg_temp.told('before'), '{confirmed}', 'finds its own');
delete from rehearse.sessions;

-- Inserting books.
select pg_temp.session('a', 'room', '09:00', '10:00');
select is(pg_temp.booked('a'), '{"room 09:00-10:00 confirmed a''s"}', 'an insert books');
select is((select array_agg(during) from booking.claims where source_id = (pg_temp.live('a')).id), array[tstzrange(tests.at('09:00'), tests.at('10:00'))], 'and takes the time');
select is(((pg_temp.live('a')).owner_id, (pg_temp.live('a')).units), (null::uuid, 1), 'for nobody in particular');
select pg_temp.session('s', 'stage', '09:00', '10:00');
select is(pg_temp.booked('s'), '{"stage 09:00-10:00 pending s''s"}', 'where approval is required it waits');
select pg_temp.session('off', 'room', '09:00', '10:00', 'void'), pg_temp.session('nowhere', null, '09:00', '10:00');
select is(pg_temp.booked('off') || pg_temp.booked('nowhere'), '{}', 'what is called off or in no room books nothing');
select pg_temp.session('unsaid', 'studio', '12:00', '13:00', null);
select is(pg_temp.booked('unsaid'), '{"studio 12:00-13:00 confirmed unsaid''s"}', 'what has no status is not called off');
delete from rehearse.sessions where session_id = 'unsaid';
select is(tests.answer(format('select pg_temp.session(''x'', %s)', call)) - 'hint' - 'details', jsonb_build_object('code', code, 'message', slug), format('%s for %s', slug, call))
  from (values
    ($$'room', '09:30', '10:30'$$, 'PT409', 'slot_taken'),
    ($$'room', '06:00', '07:00'$$, 'PT422', 'too_soon'),
    ($$'room', '11:00', '11:00'$$, 'PT400', 'invalid_time_range'),
    ($$'room', '11:00', null$$, 'PT400', 'invalid_time_range'),
    ($$'closed', '11:00', '12:00'$$, 'PT422', 'resource_inactive'),
    ($$'theirs', '11:00', '12:00'$$, 'PT404', 'not_found'),
    ($$'room', '11:00', '12:00', tenant => 'no tenant'$$, 'PT404', 'not_found')) as refused (call, code, slug);
select is(tests.answer($$ select pg_temp.session('x', 'room', '09:30', '10:30') $$) ->> 'hint', 'room is booked 09:00–10:00; next free at 10:00.', 'with the usual hint');
select pg_temp.session('d' || n, 'desks', '09:00', '10:00') from generate_series(1, 3) n;
select throws_ok($$ select pg_temp.session('d4', 'desks', '09:30', '10:30') $$, 'PT409', 'slot_taken', 'a pool has room for so many');
select throws_ok($$ insert into rehearse.sessions (session_id, tenant, "the room", begins, ends)
  select n, tests.id('acme'), tests.id('studio'), tests.at('09:00'), tests.at('10:00') from generate_series(1, 2) n $$, 'PT409', 'slot_taken', 'two rows of one insert are in each other''s way');
select is_empty($$ select from rehearse.sessions where session_id in ('x', '1', '2', 'd4') $$, 'no row is left of what was refused');
select pg_temp.session('long', 'studio', '16:00', '17:00');
update rehearse.sessions set band = repeat('x', 600) where session_id = 'long';
select is((pg_temp.live('long')).title::text, repeat('x', 500), 'of a long title as much as there is room for');

-- Changing reschedules, by one statement as many as it touches.
update rehearse.sessions set begins = tests.at('09:30'), ends = tests.at('10:30') where session_id = 'a';
select is(pg_temp.booked('a'), '{"room 09:30-10:30 confirmed a''s"}', 'it moves over its own time');
update rehearse.sessions set "the room" = tests.id('studio'), band = 'b' where session_id = 'a';
select is(pg_temp.booked('a'), '{"studio 09:30-10:30 confirmed b"}', 'to another room, under another title');
update rehearse.sessions set band = null where session_id = 'a';
select is(pg_temp.booked('a'), '{"studio 09:30-10:30 confirmed "}', 'or none');
update rehearse.sessions set note = 'louder', berth_flag = 'mine', state = 'on' where session_id = 'a';
select is(pg_temp.told('a'), '{confirmed,rescheduled,rescheduled,updated}', 'one event a change; what does not matter to Berth is none');
select is(pg_temp.flag('a'), 'mine', 'nor is it flagged');
select throws_ok($$ update rehearse.sessions set begins = tests.at('15:30'), ends = tests.at('16:30') where session_id = 'a' $$, 'PT409', 'slot_taken', 'into a conflict it does not move');
select throws_ok($$ update rehearse.sessions set "the room" = tests.id('closed') where session_id = 'a' $$, 'PT422', 'resource_inactive', 'nor past the rules');
select pg_temp.session('run' || n, 'room', (11 + n) || ':00', (12 + n) || ':00') from generate_series(1, 4) n;
select lives_ok($$ update rehearse.sessions set begins = begins + interval '1 hour', ends = ends + interval '1 hour' where session_id like 'run%' $$, 'one update shifts a whole run');
select is(pg_temp.booked('run1') || pg_temp.booked('run4'), '{"room 13:00-14:00 confirmed run1''s","room 16:00-17:00 confirmed run4''s"}', 'together');
select lives_ok($$ update rehearse.sessions s set "the room" = o."the room", begins = o.begins, ends = o.ends
  from rehearse.sessions o where (s.session_id, o.session_id) in (('a', 'run1'), ('run1', 'a')) $$, 'two swap places');
select lives_ok($$ update rehearse.sessions set state = case session_id when 'run2' then 'void' else state end,
  begins = case session_id when 'run2' then begins else tests.at('14:00') end, ends = case session_id when 'run2' then ends else tests.at('15:00') end
  where session_id in ('run2', 'a') $$, 'one gives way to another');
select is(pg_temp.booked('a') || pg_temp.booked('run2'), '{"room 14:00-15:00 confirmed ","room 14:00-15:00 cancelled run2''s"}', 'which has its place');

-- Calling off or deleting gives back; coming back asks anew.
update rehearse.sessions set state = 'called off' where session_id = 'run3';
select is(pg_temp.told('run3'), '{confirmed,rescheduled,"cancelled: cancelled in rehearse"}', 'called off');
update rehearse.sessions set begins = tests.at('18:00'), ends = tests.at('19:00') where session_id = 'run3';
select is(cardinality(pg_temp.booked('run3')), 1, 'what is called off moves as it likes');
update rehearse.sessions set state = 'planned' where session_id = 'run3';
select is(pg_temp.booked('run3'), '{"room 15:00-16:00 cancelled run3''s","room 18:00-19:00 confirmed run3''s"}', 'and comes back as another');
select set_config('booking.reason', 'the drummer is ill', true);
delete from rehearse.sessions where session_id in ('run3', 'run4');
select set_config('booking.reason', '', true);
select is((pg_temp.told('run4'))[3], 'cancelled: the drummer is ill', 'deleting cancels, for the reason there is');
select pg_temp.session('gone', 'room', '20:00', '21:00');
delete from rehearse.sessions where session_id = 'gone';
select is((pg_temp.told('gone'))[2], 'cancelled: deleted in rehearse', 'or says that it was');
update rehearse.sessions set "the room" = null where session_id = 'a';
select is(pg_temp.booked('a'), '{"room 14:00-15:00 cancelled "}', 'without a room there is no reservation');
select pg_temp.session('old name', 'room', '20:00', '21:00');
update rehearse.sessions set session_id = 'new name' where session_id = 'old name';
select is(pg_temp.booked('old name') || pg_temp.booked('new name'), '{"room 20:00-21:00 cancelled old name''s","room 20:00-21:00 confirmed old name''s"}', 'under another id it is another');
update rehearse.sessions set tenant = tests.id('globex'), "the room" = tests.id('theirs') where session_id = 'new name';
select is((pg_temp.live('new name')).tenant_id, tests.id('globex'), 'and in another tenant');
delete from rehearse.sessions where session_id = 'new name';
select is((pg_temp.live('new name')).id, null, 'from where it goes too');
select is(current_setting('booking.tenant_id', true) || current_setting('booking.following', true), '', 'nothing of that is left in the session');

-- Approval is not evaded.
select tests.be('approver');
select api.approve_reservation((pg_temp.live('s')).id);
select tests.be_dba();
select is(pg_temp.flag('s'), null, 'approved: nothing to tell');
update rehearse.sessions set begins = tests.at('09:30') where session_id = 's';
select is(pg_temp.booked('s'), '{"stage 09:00-10:00 cancelled s''s","stage 09:30-10:00 pending s''s"}', 'what was approved is asked for anew when it moves');
select is((pg_temp.told('s'))[3:4], '{"cancelled: moved in rehearse",submitted}', 'and says why');

-- Berth's own doings are told.
select pg_temp.session('t' || n, 'room', (8 + n) || ':00', (9 + n) || ':00') from generate_series(1, 3) n;
select tests.be('manager');
select api.cancel_reservation((pg_temp.live('t1')).id, 'burst pipe');
select api.reschedule_reservation((pg_temp.live('t2')).id, tests.at('12:00'), tests.at('13:00'), tests.id('studio'), reason => 'noise');
select lives_ok($$ select api.create_blackout(array[tests.id('room')], tests.at('11:00'), tests.at('12:00'), 'painting', on_conflict => 'cancel') $$, 'a blackout over it');
select is(pg_temp.flag('t1'), 'cancelled: burst pipe', 'a manager cancels');
select is(pg_temp.flag('t2'), 'rescheduled: studio, 2030-01-07 12:00–13:00; noise', 'a manager moves');
select is(pg_temp.flag('t3'), 'cancelled: painting', 'a blackout takes it');
select api.reject_reservation((pg_temp.live('s')).id, reason => 'too loud');
select is(pg_temp.flag('s'), 'rejected: too loud', 'an approver turns it down');
select tests.be_dba();
select throws_ok($$ update rehearse.sessions set begins = tests.at('11:30') where session_id = 't3' $$, 'PT409', 'blackout', 'a blackout is in the way as ever');
update rehearse.sessions set note = 'oh no' where session_id in ('t1', 't2', 't3');
select is(pg_temp.flag('t1') || cardinality(pg_temp.booked('t1')), 'cancelled: burst pipe1', 'an unrelated change is none');
update rehearse.sessions set band = 'x' where session_id = 't2';
select is(pg_temp.booked('t2'), '{"studio 12:00-13:00 confirmed x"}', 'nor does another title move it back');
update rehearse.sessions set begins = tests.at('12:00'), ends = tests.at('13:00'), "the room" = tests.id('studio') where session_id = 't2';
select is(pg_temp.told('t2'), '{confirmed,"rescheduled: noise",updated}', 'to agree is no change');
select is(pg_temp.flag('t2'), null, 'and clears the flag');
update rehearse.sessions set begins = tests.at('13:00'), ends = tests.at('14:00') where session_id in ('t1');
select is(pg_temp.booked('t1'), '{"room 09:00-10:00 cancelled t1''s","room 13:00-14:00 confirmed t1''s"}', 'another time is asked for anew');
select is(pg_temp.flag('t1'), null, 'which clears the flag');
update booking.reservations set status = 'checked_in' where id = (pg_temp.live('t1')).id;
select tests.be('manager');
select api.complete_reservation((pg_temp.live('t1')).id, reason => 'went home', override => true);
select tests.be_dba();
select is(pg_temp.flag('t1'), 'completed: went home', 'completed before its end, the rest is gone');
delete from booking.reservations where id = (pg_temp.live('t2')).id;
select is(pg_temp.flag('t2'), 'cancelled: deleted', 'a DBA deletes it');
delete from booking.reservations where source_id = 't1';
select is(pg_temp.flag('t1'), 'completed: went home', 'what is over already takes nothing along');
insert into booking.reservations (tenant_id, id, resource_id, status, starts_at, ends_at, source_module, source_id, priority)
values (tests.id('acme'), tests.id('pencil'), tests.id('room'), 'pencilled', tests.at('16:00'), tests.at('17:00'), 'rehearse', 't2', -1);
select pg_temp.session('t4', 'room', '16:00', '17:00');
select is(pg_temp.flag('t2'), 'displaced: A request of higher priority took its time.', 'displaced, even by the module''s own');
select is(pg_temp.flag('t4'), null, 'which is not flagged itself');
create function rehearse.drop_others() returns trigger language plpgsql security definer as $$
begin
  update booking.reservations set status = 'cancelled' where id = (pg_temp.live('t4')).id;
  return null;
end $$;
create trigger drop_others after update of berth_flag on rehearse.sessions for each row when (new.berth_flag like 'displaced%') execute function rehearse.drop_others();
insert into booking.reservations (tenant_id, id, resource_id, status, starts_at, ends_at, source_module, source_id, priority)
values (tests.id('acme'), tests.id('pencil again'), tests.id('room'), 'pencilled', tests.at('17:00'), tests.at('17:30'), 'rehearse', 't1', -1);
select pg_temp.session('t8', 'room', '17:00', '17:30');
select is(pg_temp.flag('t4'), 'cancelled: A request of higher priority took its time.', 'what a trigger of the flag does to others, on the module''s own way, is told too');
drop trigger drop_others on rehearse.sessions;
update rehearse.sessions set begins = tests.at('16:30') where session_id = 't4';
insert into booking.reservations (tenant_id, id, resource_id, status, starts_at, ends_at, source_module, source_id, expires_at)
values (tests.id('acme'), tests.id('lapsing'), tests.id('desks'), 'held', tests.at('17:00'), tests.at('17:30'), 'rehearse', 't2', tests.at('08:10'));
select tests.rule('studio', '{"no_show_grace": "10 minutes"}');
select pg_temp.session('t5', 'studio', '08:00', '09:00'), pg_temp.session('t6', 'desks', '08:00', '09:00');
select tests.clock('08:30');
update rehearse.sessions set begins = tests.at('12:30'), "the room" = tests.id('desks') where session_id = 't2';
select is((pg_temp.live('t2')).id <> tests.id('lapsing'), true, 'a hold that has expired is not the row''s any more');
delete from rehearse.sessions where session_id = 't2';
select booking.sweep();
select is(pg_temp.flag('t5'), 'no_show', 'nobody came');
select tests.clock('09:30');
select booking.sweep();
select is(pg_temp.told('t6'), '{confirmed,completed}', 'what ends in its time');
select is(pg_temp.flag('t6'), null, 'is nothing to tell');
select lives_ok($$ update rehearse.sessions set ends = tests.at('08:45') where session_id = 't6' $$, 'and may be corrected');
select is(cardinality(pg_temp.booked('t6')), 1, 'without a reservation');
select throws_ok($$ update rehearse.sessions set begins = tests.at('08:00'), ends = tests.at('08:45') where session_id = 't4' $$, 'PT422', 'too_soon', 'what is still to come is not moved into what is over');

-- A module's own trigger on its flag may do as it likes, even book; as its own owner, for Berth's has no business there.
create function rehearse.rebook() returns trigger language plpgsql security definer as $$
begin
  update rehearse.sessions set "the room" = tests.id('studio') where session_id = new.session_id;
  return null;
end $$;
create trigger rebook after update of berth_flag on rehearse.sessions for each row when (new.berth_flag like 'cancelled%') execute function rehearse.rebook();
select pg_temp.session('u', 'room', '18:00', '19:00');
select tests.be('manager');
select api.cancel_reservation((pg_temp.live('u')).id, 'burst pipe');
select is(pg_temp.booked('u'), '{"room 18:00-19:00 cancelled u''s","studio 18:00-19:00 confirmed u''s"}', 'flagged, it goes to the studio');
select is(pg_temp.flag('u'), null, 'where all is well');
select tests.be_dba();
drop trigger rebook on rehearse.sessions;

-- Who does it, and who may.
select tests.be('member');
select pg_temp.session('m', 'room', '19:00', '20:00');
select is((select array_agg(actor_id) from booking.events where reservation_id = (pg_temp.live('m')).id), null, 'a member does not see the event of what is not theirs');
select is(tests.answer($$ select pg_temp.session('x', 'room', '19:00', '20:00') $$) -> 'details' -> 'conflicts' -> 0 ->> 'title', null, 'nor whose time it is');
select throws_ok($$ select pg_temp.session('x', 'theirs', '19:00', '20:00', tenant => 'globex') $$, 'PT403', 'forbidden', 'nor writes rows of another tenant than their token''s');
select throws_ok($$ select api.create_reservation(tests.id('room'), tests.at('21:00'), tests.at('22:00'), source_module => 'rehearse', source_id => 'm') $$, 'PT403', 'forbidden', 'nor books in the module''s name');
select lives_ok($$ select api.create_reservation(tests.id('room'), tests.at('21:00'), tests.at('22:00'), source_module => 'crm', source_id => 'm') $$, 'a name that is nobody''s is free');
select tests.be_dba();
select is((select array_agg(actor_id) from booking.events where reservation_id = (pg_temp.live('m')).id), array[tests.id('member')], 'the log says who it was');
select tests.be('member');
select pg_temp.session('m2', 'desks', '19:00', '20:00');
delete from rehearse.sessions where session_id = 'm2';
select tests.be_dba();
select is((select array_agg(e.actor_id) from booking.events e join booking.reservations r on r.id = e.reservation_id where r.source_id = 'm2'),
  array[tests.id('member'), tests.id('member')], 'of a deletion too');
select is((select count(*) from booking.events where actor_id is not null and reservation_id = (pg_temp.live('t4')).id), 0::bigint, 'a DBA is nobody');
select tests.become('authenticated', '{"sub": "someone", "role": "service_role"}');
select lives_ok($$ select pg_temp.session('server', 'room', '20:00', '21:00') $$, 'a token that is none of Berth''s is the module''s concern');
select tests.be_dba();
select is(has_function_privilege(role, function, 'execute'), false, format('%s: no %s', role, function::regprocedure))
  from unnest('{anon,authenticated,service_role}'::text[]) role,
       (select oid from pg_proc where pronamespace = 'booking'::regnamespace
           and (proname ~ 'module' or proname = 'refuse_source')) f (function);
select is(has_table_privilege(role, 'booking.modules', 'select, insert, update, delete, truncate'), false, format('%s: nothing of booking.modules', role))
  from unnest('{anon,authenticated,service_role}'::text[]) role;

-- Row level security of the module's own does not keep Berth from flagging.
alter table rehearse.sessions enable row level security;
alter table rehearse.sessions force row level security;
update booking.reservations set status = 'cancelled' where id = (pg_temp.live('m')).id;
select is(pg_temp.flag('m'), 'cancelled', 'flagged, with no reason where there is none');
alter table rehearse.sessions disable row level security;

-- One module, several tables, if their rows cannot be taken for each other's.
create table rehearse.lessons (id bigint, tenant_id uuid, resource_id uuid, starts_at timestamptz, ends_at timestamptz, primary key (tenant_id, id));
create table rehearse.gigs (id uuid primary key, tenant_id uuid, resource_id uuid, starts_at timestamptz, ends_at timestamptz, flag text);
create table rehearse.tours (like rehearse.gigs including all);
create table rehearse.texts (id text primary key, tenant_id uuid, resource_id uuid, starts_at timestamptz, ends_at timestamptz);
create function pg_temp.plain(changed jsonb default '{}') returns jsonb language sql
return '{"tenant_id": "tenant_id", "id": "id", "resource_id": "resource_id", "starts_at": "starts_at", "ends_at": "ends_at"}'::jsonb || changed;
select throws_ok($$ select booking.attach_module('rehearse', 'rehearse.gigs', pg_temp.plain()) $$, 'PT400', 'invalid_argument', 'ids that are no uuids may be the same in two tables');
select throws_ok($$ select booking.attach_module('other', 'rehearse.sessions', pg_temp.columns()) $$, 'PT400', 'invalid_argument', 'a table is of one module');
select lives_ok($$ select booking.attach_module('school', 'rehearse.lessons', pg_temp.plain()) $$, 'another module, without status, title or flag');
insert into rehearse.lessons values (7, tests.id('acme'), tests.id('desks'), tests.at('20:00'), tests.at('21:00'));
select is((pg_temp.live('7')).source_module, 'school', 'books');
update booking.reservations set status = 'cancelled' where id = (pg_temp.live('7')).id;
select is((pg_temp.live('7')).id, null, 'and is not told');
select lives_ok($$ select booking.attach_module('live', 'rehearse.gigs', pg_temp.plain('{"flag": "flag"}')), booking.attach_module('live', 'rehearse.tours', pg_temp.plain('{"flag": "flag"}')) $$, 'two tables with uuids');
select throws_ok($$ select booking.attach_module('live', 'rehearse.texts', pg_temp.plain()) $$, 'PT400', 'invalid_argument', 'no third one without');
insert into rehearse.gigs values (tests.id('gig'), tests.id('acme'), tests.id('desks'), tests.at('20:00'), tests.at('21:00'));
insert into rehearse.tours values (tests.id('tour'), tests.id('acme'), tests.id('desks'), tests.at('20:00'), tests.at('21:00'));
update booking.reservations set status = 'cancelled', status_reason = 'rain' where source_id = tests.id('tour')::text;
select is((select flag from rehearse.tours), 'cancelled: rain', 'each its own');
select is((select flag from rehearse.gigs), null, 'and not the other''s');
update booking.reservations set source_id = 'no uuid', status = 'cancelled' where source_id = tests.id('gig')::text;
select is((select flag from rehearse.gigs), null, 'an id that cannot be is nobody''s');

-- It takes no superuser: a member of berth_owner, of tables and a schema of their own.
create role yard_dba;
grant yard_dba to current_user;
grant berth_owner to yard_dba;
create schema yard authorization yard_dba;
create table yard.bays (like rehearse.gigs including all);
alter table yard.bays owner to yard_dba;
alter table yard.bays enable row level security;
alter table yard.bays force row level security;
grant usage on schema tap, tests to yard_dba;
select tests.become('yard_dba', null);
select lives_ok($$ select booking.attach_module('yard', 'yard.bays', '{"tenant_id": "tenant_id", "id": "id", "resource_id": "resource_id", "starts_at": "starts_at", "ends_at": "ends_at", "flag": "flag"}') $$, 'a DBA of their own attaches');
select tests.be_dba();
insert into yard.bays values (tests.id('bay'), tests.id('acme'), tests.id('desks'), tests.at('20:00'), tests.at('21:00'));
update booking.reservations set status = 'cancelled' where source_module = 'yard';
select is((select flag from yard.bays), 'cancelled', 'and it books, and is told, under row level security that lets nobody in');
select tests.become('yard_dba', null);
select lives_ok($$ select booking.detach_module('yard', 'yard.bays') $$, 'and detaches');
select tests.be_dba();
select is((select nspacl from pg_namespace where nspname = 'yard')::text, '{yard_dba=UC/yard_dba}', 'with what was given');

-- Emptied at once
truncate rehearse.gigs, rehearse.lessons;
insert into rehearse.lessons values (8, tests.id('acme'), tests.id('desks'), tests.at('20:00'), tests.at('21:00')), (9, tests.id('globex'), tests.id('theirs'), tests.at('20:00'), tests.at('21:00'));
truncate rehearse.lessons;
select is((select array_agg(status::text) from booking.reservations where source_id in ('8', '9')), '{cancelled,cancelled}', 'truncating gives all back');

-- Detached, it is as it was; what is booked stays booked.
select pg_temp.session('last', 'room', '22:00', '23:00');
select lives_ok($$ select booking.detach_module('rehearse', 'rehearse.sessions') $$, 'detached');
select lives_ok($$ select pg_temp.session('free', 'room', '22:00', '23:00') $$, 'a session is a row again');
delete from rehearse.sessions where session_id = 'free';
select is(pg_temp.booked('last'), '{"room 22:00-23:00 confirmed last''s"}', 'a reservation stays');
update booking.reservations set status = 'cancelled' where source_id = 'server';
select is(pg_temp.flag('server'), null, 'nobody is told');
select is_empty($$ select from pg_trigger where tgrelid = 'rehearse.sessions'::regclass union all select from pg_policy where polrelid = 'rehearse.sessions'::regclass $$, 'no trigger is left, no policy');
select is(has_schema_privilege('berth_owner', 'rehearse', 'usage'), true, 'the other tables keep what they need');
update rehearse.sessions set "the room" = tests.id('studio'), begins = tests.at('22:30'), state = case session_id when 't4' then 'void' else state end
 where session_id in ('last', 't4');
select lives_ok($$ select booking.attach_module('rehearse', 'rehearse.sessions', pg_temp.columns()) $$, 'attached once more');
select is(cardinality(pg_temp.booked('t3')) || pg_temp.flag('t3'), '1cancelled: painting', 'and what was flagged is left so');
select is(pg_temp.booked('last'), '{"studio 22:30-23:00 confirmed last''s"}', 'what changed meanwhile is made up for');
select is((pg_temp.live('t4')).id, null, 'what was called off too');
drop table rehearse.lessons;
select booking.detach_module('rehearse', 'rehearse.sessions'), booking.detach_module('live', 'rehearse.gigs'), booking.detach_module('live', 'rehearse.tours');
delete from rehearse.sessions where session_id <> 'last';
select pg_temp.session('t7', 'desks', '22:00', '23:00');
select booking.attach_module('rehearse', 'rehearse.sessions', pg_temp.columns('{"title": null, "flag": null}'));
select is((select array_agg(module) from booking.modules), '{rehearse}', 'a table that was dropped is forgotten');
select is(pg_temp.booked('t7'), '{"desks 22:00-23:00 confirmed "}', 'no title where none is named');
select booking.detach_module('rehearse', 'rehearse.sessions');
select is((nspacl::text, relacl::text, (select array_agg(attacl::text) from pg_attribute where attrelid = c.oid)), (g.usage, g.select, g.update), 'and every grant is taken back')
  from pg_class c join pg_namespace n on n.oid = relnamespace, grants g where c.oid = 'rehearse.sessions'::regclass;

-- A dry run names every row that could not have its time, and changes nothing.
create table rehearse.legacy (like rehearse.sessions including all);
alter table rehearse.legacy alter ends drop not null;
create function pg_temp.try(columns jsonb default '{}') returns setof booking.module_conflict language sql
as $$ select * from booking.attach_module('legacy', 'rehearse.legacy', pg_temp.columns(columns), dry_run => true) $$;
select is_empty('select pg_temp.try()', 'of no rows there are none');
insert into rehearse.legacy
select name, tests.id(company), tests.id(resource), tests.at(starts, day), tests.at(ends, day), state, name
  from (values
    ('a', 'acme', 'room', '10:00', '12:00', 'planned'), ('b', 'acme', 'room', '11:00', '13:00', 'planned'), ('c', 'acme', 'room', '12:00', '14:00', 'planned'),
    ('d', 'acme', 'room', '11:00', '12:00', 'void'), ('e', 'acme', 'room', '16:00', '15:00', 'planned'), ('f', 'acme', 'nothing', '10:00', '11:00', 'planned'),
    ('j', 'acme', 'room', '10:00', null, 'planned'), ('k', 'acme', 'room', '10:00', null, 'void'), ('l', 'acme', 'room', '10:00', null, 'planned'),
    ('g', 'globex', 'room', '10:00', '11:00', 'planned'), ('h', 'acme', null, '10:00', '11:00', 'planned'), ('i', 'acme', 'room', '10:00', '11:00', 'planned')) l (name, company, resource, starts, ends, state),
  lateral (select case when name in ('i', 'l') then -9 else 25 end) d (day);
create temporary table before_dry_run as select tests.digest() as digest;
select set_eq($$ select tenant_id, id, code, other_ids from pg_temp.try() $$, $$ values
  (tests.id('acme'), 'b', 'slot_taken', '{a,c}'::text[]), (tests.id('acme'), 'e', 'invalid_time_range', null), (tests.id('acme'), 'f', 'not_found', null),
  (tests.id('acme'), 'j', 'invalid_time_range', null), (tests.id('acme'), 'l', 'invalid_time_range', null), (tests.id('globex'), 'g', 'not_found', null) $$,
  'each row that cannot be, with those in its way');
select ok((select bool_and(hint <> '' and details is not null) from pg_temp.try()), 'and with the refusal, as anybody gets it');
select is(tests.digest(), digest, 'nothing was changed') from before_dry_run;
select is_empty($$ select tgname from pg_trigger where tgrelid = 'rehearse.legacy'::regclass $$, 'nothing follows the table');
select throws_like($$ select booking.attach_module('legacy', 'rehearse.legacy', pg_temp.columns()) $$, '%', 'in earnest they refuse it all');
delete from rehearse.legacy where session_id in ('b', 'e', 'f', 'g', 'j', 'l');
select is_empty('select pg_temp.try()', 'without them there is nothing to tell');
select is_empty($$ select booking.attach_module('legacy', 'rehearse.legacy', pg_temp.columns()) $$, 'and it is attached');
select is((select count(*) from booking.reservations where source_module = 'legacy' and status = 'confirmed'), 2::bigint, 'with what it had');
-- A row finds its time once another has left it.
alter table rehearse.legacy disable trigger user;
update rehearse.legacy set begins = begins + interval '2 hours', ends = ends + interval '2 hours' where session_id in ('a', 'c');
alter table rehearse.legacy enable trigger user;
select is_empty('select pg_temp.try()', 'whatever the order');
select throws_ok($$ select booking.attach_module('legacy', 'rehearse.sessions', '{}', dry_run => true) $$, 'PT400', 'invalid_argument', 'what does not fit is refused in a dry run, too');
select booking.detach_module('legacy', 'rehearse.legacy');

select is_empty('select * from booking.verify_invariants()', 'all that Berth promises still holds');
select * from finish();
rollback;
