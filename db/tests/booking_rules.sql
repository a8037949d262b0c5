-- Booking rules: managers write them through api.booking_rules; the most specific value that is not null wins, column by column.
begin;
select no_plan();
select tests.world();
update booking.resources set kind = 'desk' where id = tests.id('desks');

create function pg_temp.rules(resource text) returns jsonb language sql
as $$
  select to_jsonb(booking.find_rules(s)) - '{tenant_id, id, kind, resource_id}'::text[] from booking.resources s where s.id = tests.id(resource)
$$;
create function pg_temp.hold_ttls() returns text[] language sql
as $$ select array_agg(pg_temp.rules(r) ->> 'hold_ttl') from unnest('{room, desks, studio, theirs}'::text[]) r $$;

-- Which wins
select is(jsonb_strip_nulls(pg_temp.rules('room')), '{"buffer_before": "00:00:00", "buffer_after": "00:00:00", "hold_ttl": "00:30:00", "pencil_ttl": "48:00:00", "min_pencil_ttl": "24:00:00", "max_pencil_ttl": "48:00:00",
  "offer_ttl": "02:00:00", "no_show_window": "30 days", "allow_preemption": false, "max_priority": 0, "max_occurrences": 1000, "near_capacity_ratio": 1, "near_blackout_window": "01:00:00", "max_waits": 20, "max_tentative": 500}', 'where nothing is set');
select tests.rule('studio', '{"hold_ttl": "3 minutes"}');
select tests.rule(null, '{"kind": "desk", "hold_ttl": "2 minutes", "no_show_grace": "2 minutes"}');
select is(pg_temp.hold_ttls(), '{00:30:00, 00:02:00, 00:03:00, 00:30:00}', 'a kind''s and a resource''s');
select tests.rule(null, '{"hold_ttl": "1 minute", "pencil_ttl": "1 minute", "no_show_grace": "1 minute", "allow_preemption": true, "max_priority": 1}');
select is(pg_temp.hold_ttls(), '{00:01:00, 00:02:00, 00:03:00, 00:30:00}', 'the tenant''s is for the others, and for no other tenant');
select tests.rule('desks', '{"pencil_ttl": "3 minutes", "allow_preemption": false, "max_priority": 0}');
select is(jsonb_strip_nulls(pg_temp.rules('desks')) - '{buffer_before, buffer_after, min_pencil_ttl, max_pencil_ttl, offer_ttl, no_show_window, max_occurrences, near_capacity_ratio, near_blackout_window, max_waits, max_tentative}'::text[],
  '{"hold_ttl": "00:02:00", "pencil_ttl": "00:03:00", "no_show_grace": "00:02:00", "allow_preemption": false, "max_priority": 0}', 'each column for itself; false and 0 are values');
select is(pg_temp.rules('studio') ->> 'no_show_grace', '00:01:00', 'of another kind''s rules, none');

-- Others read
create temp table before as select tests.digest();
grant select on before to public;
create temp table refusals as
select who, statement
  from unnest('{member, approver}'::text[]) who,
       unnest(array['insert into api.booking_rules (kind, hold_ttl) values (''x'', ''1 hour'')', 'update api.booking_rules set hold_ttl = ''1 hour''', 'delete from api.booking_rules']) statement;
grant select on refusals to public;
select throws_ok(format('select tests.be(%L)', who) || ';' || statement, 'PT403', 'forbidden', who || ': ' || statement) from refusals;
select tests.be('member');
select is(count(*), 4::bigint, 'a member reads them') from api.booking_rules;
select tests.be('stranger');
select is_empty('select from api.booking_rules', 'a stranger does not');
select is(tests.answer('update api.booking_rules set hold_ttl = ''1 hour'''), '{"rows": 0}', 'nor changes any');
select is(tests.answer('delete from api.booking_rules'), '{"rows": 0}', 'nor deletes any');
select is(tests.answer(format('insert into api.booking_rules (tenant_id, kind) values (%L, ''x'')', tests.id('acme'))) ->> 'message', 'forbidden', 'nor makes one of ours');
select is(tests.answer($$ insert into api.booking_rules (resource_id, hold_ttl) values (tests.id('room'), '1 hour') $$) ->> 'message', 'not_found', 'or about ours');
select tests.be('manager');
select throws_ok(statement, code, slug, slug || ': ' || statement)
  from (values
    ($$ insert into api.booking_rules (hold_ttl) values ('1 hour') $$, 'PT409', 'duplicate_id'),
    ($$ insert into api.booking_rules (kind, hold_ttl) values ('desk', '1 hour') $$, 'PT409', 'duplicate_id'),
    ($$ insert into api.booking_rules (resource_id) values (tests.id('desks')) $$, 'PT409', 'duplicate_id'),
    ($$ update api.booking_rules set kind = 'desk' where kind is null and resource_id is null $$, 'PT409', 'duplicate_id'),
    ($$ insert into api.booking_rules (kind, resource_id) values ('desk', tests.id('room')) $$, 'PT400', 'invalid_argument'),
    ($$ insert into api.booking_rules (resource_id) values (tests.id('nowhere')) $$, 'PT404', 'not_found'),
    ($$ insert into api.booking_rules (resource_id) values (tests.id('theirs')) $$, 'PT404', 'not_found'),
    ($$ update api.booking_rules set resource_id = tests.id('theirs') where resource_id = tests.id('desks') $$, 'PT404', 'not_found'),
    ($$ insert into api.booking_rules (kind, min_pencil_ttl, max_pencil_ttl) values ('x', '2 days', '1 day') $$, 'PT400', 'invalid_argument'),
    ($$ update api.booking_rules set tenant_id = tests.id('globex') where kind = 'desk' $$, 'PT403', 'forbidden')) as refusals (statement, code, slug);
select matches(answer ->> 'message' || (answer #>> '{details,constraint}'), 'invalid_argument.*' || name, format('%s is not %s: the answer names it', name, value))
  from (values ('hold_ttl', '0'), ('hold_ttl', '-1 minute'), ('pencil_ttl', '0'), ('min_pencil_ttl', '0'), ('max_pencil_ttl', '0'), ('check_in_opens', '-1 minute'), ('no_show_grace', '-1 minute'),
               ('max_no_shows', '0'), ('max_no_shows', '-1'), ('no_show_window', '0'), ('approval_stale_after', '0'), ('near_capacity_ratio', '0'), ('near_capacity_ratio', '1.01'), ('near_blackout_window', '-1 minute'),
               ('min_duration', '0'), ('max_duration', '0'), ('max_duration', '3651 days'), ('slot_step', '59 seconds'), ('slot_step', '24:00:01'), ('slot_step', '-1 hour'), ('min_notice', '-1 minute'), ('max_advance', '-1 minute'),
               ('buffer_before', '-1 minute'), ('buffer_before', '31 days'), ('buffer_after', '-1 minute'), ('buffer_after', '31 days'), ('max_per_day', '0'), ('max_per_week', '-1'), ('max_hours_per_week', '0'), ('max_hours_per_week', '168.01'),
               ('max_hours_per_week', '1000'), ('max_occurrences', '0'), ('max_occurrences', '1001'), ('cancel_cutoff', '-1 minute'), ('offer_ttl', '0'), ('max_hold', '0'), ('max_hold', '3651 days'), ('max_waits', '0'), ('max_tentative', '0')) as wrong (name, value),
       tests.answer(format('insert into api.booking_rules (kind, %I) values (''x'', %L)', name, value)) answer;
select matches(tests.details('insert into api.booking_rules (kind, min_duration, max_duration) values (''x'', ''2 hours'', ''1 hour'')') ->> 'constraint', 'duration', 'or both of two that do not go together');
select is(tests.digest(), digest, 'none of which changed anything') from before;

-- A manager writes
create temp table made (like api.booking_rules);
with inserted as (insert into api.booking_rules (resource_id, hold_ttl, no_show_grace, check_in_opens) values (tests.id('room'), '1 hour', '0', '0') returning *)
insert into made select * from inserted;
select results_eq('table made', $$ select * from api.booking_rules where resource_id = tests.id('room') $$, 'the answer is what is then read');
select is(array[tenant_id::text, hold_ttl::text, no_show_grace::text, pencil_ttl::text], array[tests.id('acme')::text, '01:00:00', '00:00:00', null], 'as it was given') from made;
select is(pg_temp.rules('room') ->> 'hold_ttl', '01:00:00', 'and holds at once');
update api.booking_rules set hold_ttl = null, allow_preemption = true where resource_id = tests.id('room');
select is(array[hold_ttl::text, no_show_grace::text, allow_preemption::text], '{null, 00:00:00, true}', 'changed, or taken back') from api.booking_rules where resource_id = tests.id('room');
select is(pg_temp.rules('room') ->> 'hold_ttl', '00:01:00', 'then the next one holds');
delete from api.booking_rules where kind is null and resource_id is null;
select is(pg_temp.hold_ttls(), '{00:30:00, 00:02:00, 00:03:00, null}', 'or deleted');
delete from api.resources where id = tests.id('studio');
select is_empty($$ select from api.booking_rules where resource_id = tests.id('studio') $$, 'a resource takes its rules along');
select is(tests.answer($$ insert into api.booking_rules (kind, min_pencil_ttl, max_pencil_ttl) values ('x', '1 day', '24 hours') $$), '{"rows": 1}', 'a day is 24 hours');

select * from finish();
rollback;
