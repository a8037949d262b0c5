-- api.preview_rule_change(): which reservations a new rule would not have allowed; nothing is changed, and the change breaks none.
begin;
select no_plan();
select tests.world();
update booking.resources set kind = 'desk' where id = tests.id('desks');
select tests.rule('studio', '{"max_duration": "90 minutes"}');
select tests.reserve('long', 'room', '09:00', '12:00'), tests.reserve('short', 'room', '12:10', '12:40'), tests.reserve('hers', 'desks', '12:00', '14:00', owner => 'colleague'), tests.reserve('held', 'studio', '12:00', '13:00', 'held'),
       tests.reserve('tentative', 'studio', '12:00', '14:00', 'tentative'), tests.reserve('pending', 'stage', '12:00', '14:00', 'pending', owner => 'colleague'), tests.reserve('over', 'desks', '05:00', '08:00'),
       tests.reserve('gone', 'desks', '16:00', '19:00'), tests.book('ahead', 'room', tests.at('09:00', 30), tests.at('10:00', 30)), tests.reserve('elsewhere', 'theirs', '09:00', '19:00', owner => 'stranger');
update booking.reservations set status = 'cancelled' where id = tests.id('gone');

-- "long too_long 02:00:00, …": what would be refused, and the limit
create function pg_temp.preview(arguments text) returns text language plpgsql
as $$
declare v_answer text;
begin
  execute format('select string_agg(format(''%%s %%s %%s'', p ->> ''title'', v ->> ''code'', v ->> ''limit''), '', '' order by p ->> ''title'', v ->> ''code'') from jsonb_array_elements(api.preview_rule_change(%s)) p, jsonb_array_elements(p -> ''violations'') v', arguments)
    into v_answer;
  return v_answer;
end
$$;
create temp table before as select tests.digest();
grant select on before to public;

select tests.be('manager');
select is(pg_temp.preview(arguments), told, format('%s: %s', arguments, coalesce(told, 'none')))
  from (values
    ($$'{}'$$, null),
    ($$'{"max_duration": "3 hours"}'$$, null),
    -- What a resource sets for itself, a change for all does not touch.
    ($$'{"max_duration": "2 hours"}'$$, 'long too_long 02:00:00'),
    ($$'{"max_duration": "1 hour"}'$$, 'hers too_long 01:00:00, long too_long 01:00:00, pending too_long 01:00:00'),
    ($$'{"max_duration": "1 hour"}', kind => 'desk'$$, 'hers too_long 01:00:00'),
    ($$'{"max_duration": "1 hour"}', resource_id => tests.id('studio')$$, 'tentative too_long 01:00:00'),
    ($$'{"max_duration": null}', resource_id => tests.id('studio')$$, null),
    ($$'{"min_duration": "1 hour"}'$$, 'short too_short 01:00:00'),
    ($$'{"slot_step": "30 minutes"}'$$, 'short off_grid 00:30:00'),
    ($$'{"slot_step": "30 minutes", "max_duration": "2 hours"}'$$, 'long too_long 02:00:00, short off_grid 00:30:00'),
    -- Notice and horizon, as it was when it was made
    ($$'{"max_advance": "29 days"}'$$, 'ahead too_far_ahead 29 days'),
    ($$'{"max_advance": "31 days"}'$$, null),
    ($$'{"min_notice": "2 hours"}', resource_id => tests.id('room')$$, 'long too_soon 02:00:00'),
    -- Quotas, of what counts
    ($$'{"max_per_day": 2}', kind => 'room'$$, 'held quota_exceeded 2, long quota_exceeded 2, short quota_exceeded 2'),
    ($$'{"max_per_day": 3}', kind => 'room'$$, null),
    ($$'{"max_per_week": 2}', resource_id => tests.id('room')$$, null),
    ($$'{"max_hours_per_week": 3}', resource_id => tests.id('room')$$, 'long quota_exceeded 3, short quota_exceeded 3'),
    -- Buffers, which each would have taken
    ($$'{"buffer_after": "10 minutes"}'$$, null),
    ($$'{"buffer_after": "5 minutes", "buffer_before": "6 minutes"}'$$, 'long slot_taken {"buffer_after": "00:05:00", "buffer_before": "00:06:00"}, short slot_taken {"buffer_after": "00:05:00", "buffer_before": "00:06:00"}'),
    ($$'{"buffer_after": "20 minutes"}', kind => 'desk'$$, null),
    ($$'{"buffer_before": "3 hours"}', kind => 'room'$$, 'long slot_taken {"buffer_after": "00:00:00", "buffer_before": "03:00:00"}, short slot_taken {"buffer_after": "00:00:00", "buffer_before": "03:00:00"}'),
    -- What no reservation can go against
    ($$'{"hold_ttl": "1 minute", "cancel_cutoff": "1 day", "max_no_shows": 1}'$$, null),
    ($$'{"max_duration": "1 minute"}', kind => 'ship'$$, null)
  ) as previews (arguments, told);
select is(tests.digest(), digest, 'none of which changed anything') from before;
select is(jsonb_array_elements(api.preview_rule_change('{"max_duration": "1 hour"}', 'desk')), jsonb_build_object('reservation_id', tests.id('hers'), 'resource_id', tests.id('desks'), 'status', 'confirmed', 'starts_at', tests.at('12:00'), 'ends_at', tests.at('14:00'),
  'title', 'hers', 'owner_id', tests.id('colleague'), 'violations', jsonb_build_array('{"code": "too_long", "limit": "01:00:00", "duration": "02:00:00", "hint": "It is for 01:00:00 at most."}'::jsonb)), 'each is told whole');
select is(array(select p ->> 'title' from jsonb_array_elements(api.preview_rule_change('{"slot_step": "6 hours"}')) with ordinality t (p, n) order by n)::text ~ 'ahead}$', true, 'in the order of their starts');

-- Of one that is near by now, but was made in time, nothing.
select tests.clock('08:00', 30);
select is(pg_temp.preview($$'{"min_notice": "2 hours"}'$$), null, 'notice is of when it was made');
select tests.clock('08:00');

-- What was against another rule before is not told of this one.
select tests.be_dba();
update booking.booking_rules set max_duration = '30 minutes' where resource_id = tests.id('studio');
select tests.be('manager');
select is(pg_temp.preview($$'{"max_duration": "2 hours"}'$$), 'long too_long 02:00:00', 'of what the change does not touch, nothing');
select is(pg_temp.preview($$'{"max_duration": "3 hours"}', kind => 'room'$$), null, 'nor for a kind');
-- Beside what is set there
select tests.be_dba();
select tests.rule('desks', '{"max_duration": "1 hour", "max_per_day": 5}');
select tests.be('manager');
select is(pg_temp.preview($$'{"max_per_day": 4}', resource_id => tests.id('desks')$$), null, 'what is set beside it is not what it is about');
select is(pg_temp.preview($$'{"max_duration": "3 hours"}', resource_id => tests.id('desks')$$), null, 'what replaces it is');

-- The change itself: it breaks none of them.
select tests.be_dba();
truncate before;
insert into before select tests.digest();
select tests.be('manager');
insert into api.booking_rules (max_duration, slot_step, max_per_day, min_notice) values ('1 hour', '30 minutes', 1, '90 minutes');
select tests.be_dba();
select is((select string_agg(l, e'\n') from regexp_split_to_table(tests.digest(), e'\n') l where l !~ 'booking_rules|resolved_rules'), (select string_agg(l, e'\n') from before, regexp_split_to_table(digest, e'\n') l where l !~ 'booking_rules|resolved_rules'), 'the change changes nothing else');
select is(tests.answer(call), '{"rows": 1}', 'what is there stays good: ' || call)
  from (values ($$select tests.be('member'), api.check_in_reservation(tests.id('long'))$$), ($$select tests.be('member'), api.confirm_reservation(tests.id('held'))$$), ($$select tests.be('approver'), api.approve_reservation(tests.id('pending'))$$),
               ($$select tests.be('member'), api.update_reservation(tests.id('short'), 'x')$$), ($$select tests.be('member'), api.extend_hold(tests.id('held'))$$), ($$select tests.be('member'), api.cancel_reservation(tests.id('short'))$$)) as calls (call);

-- Who may, and what is wrong
truncate before;
insert into before select tests.digest();
select is(tests.answer(format('select tests.be(%L), api.preview_rule_change(%s)', who, arguments)) ->> 'message', slug, format('%s: %s: %s', who, arguments, coalesce(slug, 'as they wish')))
  from (values
    ('member', $$'{"max_per_day": 1}'$$, 'forbidden'), ('approver', $$'{"max_per_day": 1}'$$, 'forbidden'), ('admin', $$'{"max_per_day": 1}'$$, null),
    ('manager', $$'{"max_per_day": 1}', resource_id => tests.id('theirs')$$, 'not_found'), ('manager', $$'{"max_per_day": 1}', resource_id => tests.id('nowhere')$$, 'not_found'), ('stranger', $$'{"max_per_day": 1}', resource_id => tests.id('room')$$, 'not_found'),
    ('manager', 'null', 'invalid_argument'), ('manager', $$'[]'$$, 'invalid_argument'), ('manager', $$'"x"'$$, 'invalid_argument'), ('manager', $$'{"max_per_hour": 1}'$$, 'invalid_argument'), ('manager', $$'{"tenant_id": null}'$$, 'invalid_argument'),
    ('manager', $$'{"id": null}'$$, 'invalid_argument'), ('manager', $$'{"kind": "room"}'$$, 'invalid_argument'), ('manager', $$'{"resource_id": null}'$$, 'invalid_argument'), ('manager', $$'{"max_per_day": 0}'$$, 'invalid_argument'),
    ('manager', $$'{"max_per_day": "two"}'$$, 'invalid_argument'), ('manager', $$'{"max_per_day": 99999999999}'$$, 'invalid_argument'), ('manager', $$'{"max_duration": "soon"}'$$, 'invalid_argument'), ('manager', $$'{"max_hours_per_week": 1000}'$$, 'invalid_argument'),
    ('manager', $$'{"min_duration": "2 hours", "max_duration": "1 hour"}'$$, 'invalid_argument'), ('manager', $$'{"min_duration": "91 minutes"}'$$, 'invalid_argument'), ('manager', $$'{}', 'room', tests.id('room')$$, 'invalid_argument')
  ) as refusals (who, arguments, slug);
select is(tests.details(format('select tests.be(''manager''), api.preview_rule_change(%L)', rules)), '{"argument": "rules"}', 'the argument is named: ' || rules) from unnest(array['[]', '{"x": 1}', '{"max_per_day": 0}', '{"max_per_day": "x"}']) rules;
select doesnt_match(tests.answer($$ select tests.be('manager'), api.preview_rule_change('{"max_per_day": 0}') $$) ->> 'hint', 'relation|violates', 'in words for a manager, not a DBA''s');
select tests.be_dba();
select is(tests.digest(), digest, 'none of which changed anything') from before;
select tests.be('stranger');
select is(pg_temp.preview($$'{"max_duration": "1 hour"}'$$), 'elsewhere too_long 01:00:00', 'a stranger previews their own');
select tests.be_nobody();
select throws_ok($$ select api.preview_rule_change('{}') $$, '42501', null, 'nobody none');
select tests.be_dba();
select is_empty('select * from booking.verify_invariants()', 'all is in order');

select * from finish();
rollback;
