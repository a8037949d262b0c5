-- api.effective_rules(): what holds for a resource, and where each rule comes from.
begin;
select no_plan();
select tests.world();
update booking.resources set kind = 'desk' where id = tests.id('desks');

create function pg_temp.rule(resource text, rule text) returns text language sql
as $$ select (r ->> 'value') || ' of the ' || (r ->> 'source') from (select api.effective_rules(tests.id(resource)) -> rule) e (r) $$;

select tests.be('member');
select set_eq($$ select jsonb_object_keys(api.effective_rules(tests.id('room'))) $$,
  $$ select attname::text from pg_attribute where attrelid = 'booking.booking_rules'::regclass and attnum > 0 and not attisdropped and attname not in ('tenant_id', 'id', 'kind', 'resource_id') $$, 'every rule there is');
select is(jsonb_object_agg(key, value -> 'value') filter (where value -> 'value' <> 'null'), '{"buffer_before": "00:00:00", "buffer_after": "00:00:00", "hold_ttl": "00:30:00", "pencil_ttl": "48:00:00", "min_pencil_ttl": "24:00:00",
  "max_pencil_ttl": "48:00:00", "offer_ttl": "02:00:00", "no_show_window": "30 days", "allow_preemption": false, "max_priority": 0, "max_occurrences": 1000, "near_capacity_ratio": 1, "near_blackout_window": "01:00:00", "max_waits": 20, "max_tentative": 500}', 'where nothing is set, as the columns say') from jsonb_each(api.effective_rules(tests.id('room')));
select is(array_agg(distinct value ->> 'source'), '{default}', 'and it says so') from jsonb_each(api.effective_rules(tests.id('room')));
select is(array(select distinct jsonb_object_keys(value) from jsonb_each(api.effective_rules(tests.id('room'))) order by 1), '{source, value}', 'value and source, no more');

-- Each column from the most specific row that sets it
select tests.be_dba();
select tests.rule(null, '{"max_duration": "4 hours", "min_notice": "0", "max_per_day": 3, "allow_preemption": true}');
select tests.rule(null, '{"kind": "desk", "max_duration": "8 hours", "slot_step": "1 hour", "max_hours_per_week": 40, "allow_preemption": false}');
select tests.rule('desks', '{"slot_step": "15 minutes", "max_per_day": 1, "buffer_after": "5 minutes"}');
insert into booking.booking_rules (tenant_id, max_per_day, hold_ttl) values (tests.id('globex'), 99, '1 minute');
select tests.be('member');
select is(jsonb_object_agg(rule, pg_temp.rule('desks', rule)), '{"max_duration": "08:00:00 of the kind", "min_notice": "00:00:00 of the tenant", "max_per_day": "1 of the resource", "allow_preemption": "false of the kind",
  "max_hours_per_week": "40 of the kind", "buffer_after": "00:05:00 of the resource", "slot_step": "00:15:00 of the resource", "hold_ttl": "00:30:00 of the default"}', 'the resource''s before the kind''s, that before the tenant''s; 0 and false are values')
  from unnest('{max_duration, min_notice, max_per_day, allow_preemption, max_hours_per_week, buffer_after, slot_step, hold_ttl}'::text[]) rule;
select is(jsonb_object_agg(rule, pg_temp.rule('room', rule)), '{"max_duration": "04:00:00 of the tenant", "max_per_day": "3 of the tenant", "allow_preemption": "true of the tenant"}', 'of another kind''s and resource''s, none')
  from unnest('{max_duration, max_per_day, allow_preemption}'::text[]) rule;
select is(pg_temp.rule('room', 'max_hours_per_week'), null, 'nor their quotas');
select is(api.effective_rules(tests.id('room')) -> 'max_hours_per_week', '{"value": null, "source": "default"}', 'null is no limit');
-- They are what the booking goes by.
select is(api.effective_rules(tests.id(resource)) -> rule -> 'value', to_jsonb(f) -> rule, format('%s of the %s as every booking finds it', rule, resource))
  from unnest('{room, desks, stage, closed}'::text[]) resource, booking.resources s, booking.find_rules(s) f, unnest('{max_duration, max_per_day, buffer_after, hold_ttl, allow_preemption, offer_ttl, cancel_cutoff}'::text[]) rule
 where s.id = tests.id(resource);
select is(tests.everywhere('member', 'room', tests.at('09:00'), tests.at('13:01')) #> '{details,limit}', api.effective_rules(tests.id('room')) #> '{max_duration,value}', 'as a refusal tells it');

-- Who asks
select is((select count(*) from (select tests.be(who), api.effective_rules(tests.id('room'))) x), 1::bigint, who || ' asks') from unnest('{member, colleague, approver, manager, admin}'::text[]) who;
select is(tests.answer(format('select tests.be(%L), api.effective_rules(tests.id(%L))', who, resource)) ->> 'message', 'not_found', format('%s gets none of %s', who, resource))
  from (values ('stranger', 'room'), ('member', 'theirs'), ('member', 'nothing')) as asked (who, resource);
select tests.be('member');
select is(tests.answer('select api.effective_rules(null)') ->> 'message', 'not_found', 'nor of null');
select tests.be('stranger');
select is(pg_temp.rule('theirs', 'max_per_day'), '99 of the tenant', 'each their own tenant''s');
select tests.be_nobody();
select throws_ok($$ select api.effective_rules(tests.id('room')) $$, '42501', null, 'nobody asks nothing');

select * from finish();
rollback;
