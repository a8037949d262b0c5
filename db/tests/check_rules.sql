-- list_violations(): lengths, grid, notice and horizon, on every road the same, with every violation.
begin;
select no_plan();
select tests.world();
update booking.resources set timezone = 'Europe/Berlin' where id = tests.id('studio');
update booking.resources set timezone = 'Asia/Kathmandu' where id = tests.id('desks');

-- The slugs of all that is against it; null: nothing is.
create function pg_temp.codes(answer jsonb) returns text[] language sql
as $$
  select case when answer is null then null
              when answer ? 'message' then coalesce((select array_agg(v ->> 'code' order by n) from jsonb_array_elements(answer #> '{details,violations}') with ordinality t (v, n)), array[answer ->> 'message'])
              else array['they disagree: ' || answer::text] end
$$;
-- With these rules, at this time.
create function pg_temp.against(rules jsonb, resource text, starts timestamptz, ends timestamptz, units integer default 1, clock timestamptz default tests.at('08:00'), who text default 'member') returns jsonb
language plpgsql
as $$
declare
  v_answer jsonb;
begin
  perform tests.rule(resource, rules), set_config('booking.now', clock::text, true);
  v_answer := tests.everywhere(who, resource, starts, ends, units);
  raise exception using errcode = 'TT000';
exception
  when sqlstate 'TT000' then return v_answer;
end
$$;
create temp table before as select tests.digest();
grant select on before to public;

-- Each at its edge
create temp table cases as
select *
  from (values
    ('{}', 'room', tests.at('09:00'), tests.at('09:00:00.000001'), tests.at('08:00'), null),
    -- How long
    ('{"min_duration": "1 hour"}', 'room', tests.at('09:00'), tests.at('10:00'), tests.at('08:00'), null),
    ('{"min_duration": "1 hour"}', 'room', tests.at('09:00'), tests.at('09:59:59.999999'), tests.at('08:00'), '{too_short}'),
    ('{"max_duration": "1 hour"}', 'room', tests.at('09:00'), tests.at('10:00'), tests.at('08:00'), null),
    ('{"max_duration": "1 hour"}', 'room', tests.at('09:00'), tests.at('10:00:00.000001'), tests.at('08:00'), '{too_long}'),
    ('{"min_duration": "1 hour", "max_duration": "1 hour"}', 'room', tests.at('23:30'), tests.at('00:30', 1), tests.at('08:00'), null),
    -- A day is 24 hours: the whole of the 31st of March has 23 in Berlin, the whole of the 27th of October 25.
    -- A day is one of the calendar; 24:00 is 24 hours.
    ('{"min_duration": "1 day"}', 'studio', '2030-03-31 00:00+01', '2030-04-01 00:00+02', tests.at('08:00'), null),
    ('{"min_duration": "1 day"}', 'studio', '2030-03-31 00:00+01', '2030-03-31 23:59+02', tests.at('08:00'), '{too_short}'),
    ('{"min_duration": "1 day"}', 'studio', '2030-10-27 00:00+02', '2030-10-27 23:00+01', tests.at('08:00'), '{too_short}'),
    ('{"min_duration": "24:00"}', 'studio', '2030-03-31 00:00+01', '2030-04-01 00:00+02', tests.at('08:00'), '{too_short}'),
    ('{"min_duration": "24:00"}', 'studio', '2030-10-27 00:00+02', '2030-10-27 23:00+01', tests.at('08:00'), null),
    ('{"max_duration": "1 day"}', 'studio', '2030-10-27 00:00+02', '2030-10-28 00:00+01', tests.at('08:00'), null),
    ('{"max_duration": "1 day"}', 'studio', '2030-03-31 00:00+01', '2030-04-01 00:01+02', tests.at('08:00'), '{too_long}'),
    ('{"max_duration": "24:00"}', 'studio', '2030-10-27 00:00+02', '2030-10-28 00:00+01', tests.at('08:00'), '{too_long}'),
    ('{"max_duration": "1 month"}', 'studio', '2030-03-15 00:00+01', '2030-04-15 00:00+02', tests.at('08:00'), null),
    ('{"max_duration": "1 month"}', 'studio', '2030-02-15 00:00+01', '2030-03-16 00:00+01', tests.at('08:00'), '{too_long}'),
    ('{"max_duration": "25 hours"}', 'studio', '2030-10-27 00:00+02', '2030-10-28 00:00+01', tests.at('08:00'), null),
    -- The grid, from midnight by the wall clock
    ('{"slot_step": "15 minutes"}', 'room', tests.at('09:15'), tests.at('09:45'), tests.at('08:00'), null),
    ('{"slot_step": "15 minutes"}', 'room', tests.at('09:10'), tests.at('09:45'), tests.at('08:00'), '{off_grid}'),
    ('{"slot_step": "15 minutes"}', 'room', tests.at('09:15'), tests.at('09:50'), tests.at('08:00'), '{off_grid}'),
    ('{"slot_step": "15 minutes"}', 'room', tests.at('09:15:00.000001'), tests.at('09:45'), tests.at('08:00'), '{off_grid}'),
    ('{"slot_step": "15 minutes"}', 'room', tests.at('23:45'), tests.at('00:00', 1), tests.at('08:00'), null),
    ('{"slot_step": "24:00"}', 'room', tests.at('00:00', 1), tests.at('00:00', 3), tests.at('08:00'), null),
    ('{"slot_step": "1 day"}', 'room', tests.at('12:00', 1), tests.at('12:00', 2), tests.at('08:00'), '{off_grid}'),
    -- 50 minutes do not divide a day: it begins anew at midnight, after a last step of 40.
    ('{"slot_step": "50 minutes"}', 'room', tests.at('23:20'), tests.at('00:00', 1), tests.at('08:00'), null),
    ('{"slot_step": "50 minutes"}', 'room', tests.at('23:20'), tests.at('00:10', 1), tests.at('08:00'), '{off_grid}'),
    -- Kathmandu is 5:45 ahead.
    ('{"slot_step": "1 hour"}', 'desks', tests.at('09:15'), tests.at('10:15'), tests.at('08:00'), null),
    ('{"slot_step": "1 hour"}', 'desks', tests.at('09:00'), tests.at('10:00'), tests.at('08:00'), '{off_grid}'),
    -- On the night of the change the wall clock shows 04:00 three hours after midnight, and 02:00 three hours after it in October.
    ('{"slot_step": "2 hours"}', 'studio', '2030-03-31 04:00+02', '2030-03-31 06:00+02', tests.at('08:00'), null),
    ('{"slot_step": "2 hours"}', 'studio', '2030-03-31 00:00+01', '2030-03-31 03:00+02', tests.at('08:00'), '{off_grid}'),
    ('{"slot_step": "2 hours"}', 'studio', '2030-10-27 02:00+01', '2030-10-27 04:00+01', tests.at('08:00'), null),
    ('{"slot_step": "2 hours"}', 'studio', '2030-10-27 02:00+02', '2030-10-27 02:00+01', tests.at('08:00'), null),
    ('{"slot_step": "2 hours"}', 'studio', '2030-10-27 02:00+01', '2030-10-27 05:00+01', tests.at('08:00'), '{off_grid}'),
    -- Notice, to its last minute
    ('{"min_notice": "2 hours"}', 'room', tests.at('10:00'), tests.at('11:00'), tests.at('07:59'), null),
    ('{"min_notice": "2 hours"}', 'room', tests.at('10:00'), tests.at('11:00'), tests.at('08:00'), null),
    ('{"min_notice": "2 hours"}', 'room', tests.at('10:00'), tests.at('11:00'), tests.at('08:00:00.000001'), '{too_soon}'),
    ('{"min_notice": "2 hours"}', 'room', tests.at('10:00'), tests.at('11:00'), tests.at('08:01'), '{too_soon}'),
    ('{"min_notice": "1 day"}', 'studio', '2030-03-31 12:00+02', '2030-03-31 13:00+02', '2030-03-30 11:00+01', null),
    ('{"min_notice": "1 day"}', 'studio', '2030-03-31 12:00+02', '2030-03-31 13:00+02', '2030-03-30 12:00+01', '{too_soon}'),
    ('{"min_notice": "1 day"}', 'studio', '2030-10-27 12:00+01', '2030-10-27 13:00+01', '2030-10-26 13:00+02', null),
    -- Without it until it is over; with one of nothing, until it begins.
    ('{}', 'room', tests.at('07:00'), tests.at('08:00:00.000001'), tests.at('08:00'), null),
    ('{}', 'room', tests.at('07:00'), tests.at('08:00'), tests.at('08:00'), '{too_soon}'),
    ('{"min_notice": "0"}', 'room', tests.at('08:00'), tests.at('09:00'), tests.at('08:00'), null),
    ('{"min_notice": "0"}', 'room', tests.at('07:59'), tests.at('09:00'), tests.at('08:00'), '{too_soon}'),
    ('{"min_notice": "0"}', 'room', tests.at('06:00'), tests.at('07:00'), tests.at('08:00'), '{too_soon}'),
    -- The horizon: for the start alone
    ('{"max_advance": "7 days"}', 'room', tests.at('08:00', 7), tests.at('08:00', 9), tests.at('08:00'), null),
    ('{"max_advance": "7 days"}', 'room', tests.at('08:00:00.000001', 7), tests.at('09:00', 7), tests.at('08:00'), '{too_far_ahead}'),
    ('{"max_advance": "7 days"}', 'room', tests.at('08:01', 7), tests.at('09:00', 7), tests.at('08:01'), null),
    ('{"max_advance": "0"}', 'room', tests.at('08:00'), tests.at('09:00'), tests.at('08:00'), null),
    ('{"max_advance": "0"}', 'room', tests.at('08:01'), tests.at('09:00'), tests.at('08:00'), '{too_far_ahead}'),
    ('{"max_advance": "1 day"}', 'studio', '2030-03-31 13:00+02', '2030-03-31 14:00+02', '2030-03-30 12:00+01', null),
    ('{"max_advance": "1 day"}', 'studio', '2030-03-31 13:01+02', '2030-03-31 14:00+02', '2030-03-30 12:00+01', '{too_far_ahead}'),
    ('{"min_notice": "1 day", "max_advance": "1 hour"}', 'room', tests.at('08:30'), tests.at('09:00'), tests.at('08:00'), '{too_soon}'),
    -- All of them
    ('{"slot_step": "1 hour", "min_duration": "1 hour"}', 'room', tests.at('09:00'), tests.at('09:30'), tests.at('08:00'), '{too_short,off_grid}'),
    ('{"max_advance": "1 day", "max_duration": "1 hour", "slot_step": "1 hour"}', 'room', tests.at('09:10', 2), tests.at('11:00', 2), tests.at('08:00'), '{too_far_ahead,too_long,off_grid}'),
    ('{"slot_step": "1 hour", "min_duration": "1 hour"}', 'closed', tests.at('06:00'), tests.at('06:30'), tests.at('08:00'), '{resource_inactive,too_soon,too_short,off_grid}')
  ) as cases (rules, resource, starts, ends, now, codes);
select is(pg_temp.codes(pg_temp.against(rules::jsonb, resource, starts, ends, clock => now)), codes::text[], format('%s, %s from %s to %s at %s: %s', rules, resource, starts, ends, to_char(now, 'DD HH24:MI:SS.US'), coalesce(codes, 'as they wish')))
  from cases;
-- What is allowed is told of nowhere, though something else be wrong.
create function pg_temp.listed(resource booking.resources, rules jsonb, starts timestamptz, ends timestamptz, now timestamptz) returns setof jsonb language plpgsql
as $$
declare
  a booking.assessment;
begin
  a.resource := resource;
  a.rules := jsonb_populate_record(booking.find_rules(resource), rules);
  a.is_ruled := true;
  a.wanted.starts_at := starts;
  a.wanted.ends_at := ends;
  a.wanted.units := 99;
  a.asked_at := now;
  return query select * from jsonb_array_elements(booking.list_violations(a));
end
$$;
select is(array(select v ->> 'code' from pg_temp.listed(s, rules::jsonb, starts, ends, now) v where v ->> 'code' not in ('too_many_units', 'resource_inactive')),
          array_remove(coalesce(codes::text[], '{}'), 'resource_inactive'), format('the list itself: %s, %s from %s to %s at %s', rules, resource, starts, ends, to_char(now, 'DD HH24:MI:SS.US')))
  from cases join booking.resources s on s.id = tests.id(resource);
select is(pg_temp.codes(pg_temp.against('{"min_duration": "1 hour", "min_notice": "2 hours"}', 'desks', tests.at('09:00'), tests.at('09:30'), units => 4)), '{too_many_units,too_soon,too_short}', 'units, too');
select is(pg_temp.codes(pg_temp.against('{"min_duration": "1 hour"}', 'desks', tests.at('09:00'), tests.at('09:30'), who => who)), '{too_short}', 'they hold for ' || who) from unnest('{approver, manager, admin}'::text[]) who;

-- What is told: the limit, what was asked for, the way out
select is(pg_temp.against(rules::jsonb, resource, starts, ends) #- '{details,violations}', jsonb_build_object('code', 'PT422', 'message', slug, 'details', details, 'hint', hint), 'so it says: ' || hint)
  from (values
    ('{"min_duration": "1 hour"}', 'room', tests.at('09:00'), tests.at('09:30'), 'too_short', '{"limit": "01:00:00", "duration": "00:30:00"}'::jsonb, 'It is for 01:00:00 at least.'),
    ('{"max_duration": "1 hour"}', 'room', tests.at('09:00'), tests.at('11:00'), 'too_long', '{"limit": "01:00:00", "duration": "02:00:00"}', 'It is for 01:00:00 at most.'),
    ('{"slot_step": "30 minutes"}', 'room', tests.at('09:10'), tests.at('11:00'), 'off_grid', '{"limit": "00:30:00"}', 'Start and end lie on steps of 00:30:00 from midnight on.'),
    ('{"min_notice": "2 hours"}', 'room', tests.at('09:00'), tests.at('11:00'), 'too_soon', jsonb_build_object('limit', '02:00:00', 'earliest', tests.at('10:00'), 'now', tests.at('08:00')), 'It takes 02:00:00 of notice; choose a time from 10:00 on.'),
    ('{"min_notice": "1 day"}', 'studio', tests.at('09:00'), tests.at('11:00'), 'too_soon', jsonb_build_object('limit', '1 day', 'earliest', tests.at('08:00', 1), 'now', tests.at('08:00')), 'It takes 1 day of notice; choose a time from 2030-01-08 09:00 on.'),
    ('{"max_advance": "7 days"}', 'room', tests.at('09:00', 7), tests.at('11:00', 7), 'too_far_ahead', jsonb_build_object('limit', '7 days', 'latest', tests.at('08:00', 7), 'now', tests.at('08:00')), 'It can be booked 7 days ahead; choose a time until 08:00.'),
    ('{}', 'room', tests.at('06:00'), tests.at('07:00'), 'too_soon', jsonb_build_object('ends_at', tests.at('07:00'), 'now', tests.at('08:00')), 'That time has passed; choose a later one. Managers may enter it with override and a reason.'),
    ('{}', 'closed', tests.at('09:00'), tests.at('10:00'), 'resource_inactive', jsonb_build_object('resource_id', tests.id('closed')), 'closed takes no reservations at present; choose another resource.')
  ) as told (rules, resource, starts, ends, slug, details, hint);
create temp table several as
select pg_temp.against('{"max_duration": "1 hour", "slot_step": "30 minutes", "min_notice": "2 hours"}', 'room', tests.at('09:10'), tests.at('10:40')) as a;
select is((a -> 'details') - 'violations', (a #> '{details,violations,0}') - '{code, hint}'::text[], 'details are those of the first of several') from several;
select is(a ->> 'message', a #>> '{details,violations,0,code}', 'and so is the slug') from several;
select is(a ->> 'hint', string_agg(v ->> 'hint', ' ' order by n), 'the hint has the way out of each') from several, jsonb_array_elements(a #> '{details,violations}') with ordinality t (v, n) group by a;
select is(array_agg(v ->> 'limit' order by n), '{02:00:00, 01:00:00, 00:30:00}', 'and each its limit') from several, jsonb_array_elements(a #> '{details,violations}') with ordinality t (v, n);
select tests.be_dba();
select is(tests.digest(), digest, 'none of which changed anything') from before;
update booking.resources set timezone = 'UTC' where id = tests.id('desks');

-- What comes first
select tests.rule('room', '{"min_duration": "1 hour", "slot_step": "30 minutes", "min_notice": "2 hours", "max_advance": "30 days", "max_duration": "4 hours"}');
select tests.book('there', 'room', tests.at('12:00'), tests.at('13:00'), owner => 'colleague');
select is(tests.everywhere('member', 'room', tests.at('12:00'), tests.at('12:30')) ->> 'message', 'too_short', 'the rules are told before what is in the way');
select is(tests.everywhere('member', 'room', tests.at('12:30'), tests.at('13:30')) ->> 'message', 'slot_taken', 'then that');
select is(tests.everywhere('member', 'room', tests.at('12:30'), tests.at('12:30')) -> road ->> 'message', 'invalid_time_range', 'what is no range at all is told first of all, by ' || road)
  from unnest('{check, create, bundle, series, reschedule, move}'::text[]) road;
select tests.be('stranger');
select is(tests.answer(format('select api.%s(tests.id(''room''), tests.at(''12:00''), tests.at(''12:30''))', call)) ->> 'message', 'not_found', 'a stranger is told of no rule by ' || call)
  from unnest('{check_reservation_conflict, create_reservation, join_waitlist}'::text[]) call;
select tests.be_nobody();
select throws_ok($$ select api.check_reservation_conflict(tests.id('room'), tests.at('12:00'), tests.at('12:30')) $$, '42501', null, 'nor is nobody');

-- One bad part spoils the whole
select tests.be('member');
select is(tests.answer(format('select api.create_bundle(%L)', jsonb_build_array(jsonb_build_object('resource_id', tests.id('studio'), 'starts_at', tests.at('12:00'), 'ends_at', tests.at('13:00')),
    jsonb_build_object('resource_id', tests.id('room'), 'starts_at', tests.at('14:00'), 'ends_at', tests.at('14:30'))))) ->> 'message', 'too_short', 'of a bundle');
select tests.reserve('a', 'room', '10:00', '11:00');
select tests.reserve('b', 'room', '14:00', '15:00');
select is(tests.answer(format('select api.move_reservations(%L)', jsonb_build_array(jsonb_build_object('reservation_id', tests.id('a'), 'starts_at', tests.at('16:00'), 'ends_at', tests.at('17:00')),
    jsonb_build_object('reservation_id', tests.id('b'), 'starts_at', tests.at('18:00'), 'ends_at', tests.at('18:20'))))) ->> 'message', 'too_short', 'of several moves');
select is(tests.answer($$ select api.create_series(tests.id('room'), 'FREQ=DAILY;COUNT=33', '2030-01-07 10:30', '1 hour') $$) #> '{details,rejected}' @> jsonb_build_array(
    jsonb_build_object('code', 'slot_taken', 'starts_at', tests.at('10:30')), jsonb_build_object('code', 'too_far_ahead', 'starts_at', tests.at('10:30', 30)), jsonb_build_object('code', 'too_far_ahead', 'starts_at', tests.at('10:30', 32))),
  true, 'of a series, each that cannot be had is named');
select is(array_agg(r ->> 'code' order by r ->> 'starts_at'), '{slot_taken, too_far_ahead, too_far_ahead, too_far_ahead}', 'and no other')
  from jsonb_array_elements(api.preview_series(tests.id('room'), 'FREQ=DAILY;COUNT=33', '2030-01-07 10:30', '1 hour', on_conflict => 'skip') -> 'rejected') r;

-- What begins when it began needs no new notice, whatever its end.
select tests.clock('09:00');
select is(tests.answer(format('select api.%s', call)) ->> 'message', slug, format('%s: %s', call, coalesce(slug, 'as they wish')))
  from (values
    ($$reschedule_reservation(tests.id('a'), tests.at('10:00'), tests.at('11:30'))$$, null),
    ($$check_reservation_conflict(tests.id('room'), tests.at('10:00'), tests.at('11:30'), exclude_reservation_id => tests.id('a'))$$, null),
    ($$reschedule_reservation(tests.id('a'), tests.at('10:00'), tests.at('10:30'))$$, 'too_short'),
    ($$check_reservation_conflict(tests.id('room'), tests.at('10:00'), tests.at('10:30'), exclude_reservation_id => tests.id('a'))$$, 'too_short'),
    ($$reschedule_reservation(tests.id('a'), tests.at('10:30'), tests.at('11:30'))$$, 'too_soon'),
    ($$check_reservation_conflict(tests.id('room'), tests.at('10:30'), tests.at('11:30'), exclude_reservation_id => tests.id('a'))$$, 'too_soon'),
    ($$reschedule_reservation(tests.id('a'), tests.at('11:00'), tests.at('12:00'))$$, null),
    ($$reschedule_reservation(tests.id('a'), tests.at('08:30'), tests.at('12:00'))$$, 'too_soon')) as moves (call, slug);
-- On another resource it does.
select tests.reserve('s', 'studio', '10:00', '11:00');
select is(tests.answer($$ select api.reschedule_reservation(tests.id('s'), tests.at('10:00'), tests.at('11:00'), tests.id('room')) $$) ->> 'message', 'too_soon', 'elsewhere it is new');

-- Confirmed, approved, extended, renamed: the rules that came since do not matter.
select tests.clock('08:00');
select tests.reserve(name, 'desks', '10:10', '10:20', status::booking.reservation_status) from (values ('t', 'tentative'), ('h', 'held'), ('p', 'pending')) n (name, status);
select tests.rule('desks', '{"min_duration": "1 hour", "slot_step": "30 minutes", "min_notice": "5 days", "max_per_day": 9}');
select tests.hours('desks', '{2}', '09:00', '17:00');
select is(tests.answer(format('select tests.be(%L), api.%s_reservation(tests.id(%L))', who, action, name)), '{"rows": 1}', action || ' of what was made before the rule')
  from (values ('member', 'confirm', 't'), ('member', 'confirm', 'h'), ('approver', 'approve', 'p'), ('member', 'cancel', 't'), ('member', 'update', 'h'), ('member', 'pencil', 'h')) a (who, action, name);

-- Managers override, with a reason: the rules, and nothing else.
create temp table overrides (who text, call text, slug text);
insert into overrides values
  ('manager', $$create_reservation(tests.id('room'), tests.at('06:10'), tests.at('06:20'), override => true, reason => 'why')$$, null),
  ('manager', $$create_reservation(tests.id('room'), tests.at('06:10', 90), tests.at('18:20', 90), override => true, reason => 'why')$$, null),
  ('manager', $$create_reservation(tests.id('closed'), tests.at('12:00'), tests.at('13:00'), override => true, reason => 'why')$$, null),
  ('manager', $$create_reservation(tests.id('desks'), tests.at('12:10'), tests.at('12:20'), override => true, reason => 'why')$$, null),
  ('admin', $$create_reservation(tests.id('room'), tests.at('06:10'), tests.at('06:20'), override => true, reason => 'why')$$, null),
  ('manager', $$create_reservation(tests.id('room'), tests.at('12:10'), tests.at('12:20'), override => true, reason => 'why')$$, 'slot_taken'),
  ('manager', $$create_reservation(tests.id('desks'), tests.at('12:10'), tests.at('12:20'), units => 4, override => true, reason => 'why')$$, 'too_many_units'),
  ('manager', $$create_reservation(tests.id('room'), tests.at('12:10'), tests.at('12:10'), override => true, reason => 'why')$$, 'invalid_time_range'),
  ('manager', $$create_reservation(tests.id('desks'), tests.at('12:10'), tests.at('12:20'), units => 0, override => true, reason => 'why')$$, 'invalid_argument'),
  ('manager', $$create_reservation(tests.id('room'), tests.at('06:10'), tests.at('06:20'), override => true)$$, 'invalid_argument'),
  ('manager', $$create_reservation(tests.id('room'), tests.at('06:10'), tests.at('06:20'), override => true, reason => ' ')$$, 'invalid_argument'),
  ('manager', $$create_reservation(tests.id('room'), tests.at('06:10'), tests.at('06:20'), reason => 'why')$$, 'too_soon'),
  ('manager', $$create_reservation(tests.id('room'), tests.at('06:10'), tests.at('06:20'), override => null, reason => 'why')$$, 'too_soon'),
  ('approver', $$create_reservation(tests.id('room'), tests.at('06:10'), tests.at('06:20'), override => true, reason => 'why')$$, 'forbidden'),
  ('member', $$create_reservation(tests.id('room'), tests.at('06:10'), tests.at('06:20'), override => true, reason => 'why')$$, 'forbidden'),
  ('manager', $$reschedule_reservation(tests.id('b'), tests.at('06:10'), tests.at('06:20'), override => true, reason => 'why')$$, null),
  ('manager', $$reschedule_reservation(tests.id('b'), tests.at('12:10'), tests.at('12:20'), override => true, reason => 'why')$$, 'slot_taken'),
  ('manager', $$reschedule_reservation(tests.id('b'), tests.at('06:10'), tests.at('06:20'))$$, 'too_soon'),
  ('member', $$reschedule_reservation(tests.id('b'), tests.at('06:10'), tests.at('06:20'), override => true, reason => 'why')$$, 'forbidden'),
  ('manager', $$create_series(tests.id('room'), 'FREQ=DAILY;COUNT=2', '2030-01-07 06:10', '10 minutes', override => true, reason => 'why')$$, null),
  ('manager', $$create_series(tests.id('room'), 'FREQ=DAILY;COUNT=2', '2030-01-07 12:10', '10 minutes', override => true, reason => 'why')$$, 'slot_taken'),
  ('member', $$create_series(tests.id('room'), 'FREQ=DAILY;COUNT=2', '2030-01-07 06:10', '10 minutes', override => true, reason => 'why')$$, 'forbidden');
insert into overrides
select who, format('%s(%L%s)', call, list, ', override => true, reason => ''why'''), slug
  from (values ('manager', 'create_bundle', 'resource_id', 'room', '06:10', '06:20', null), ('manager', 'create_bundle', 'resource_id', 'room', '12:10', '12:20', 'slot_taken'), ('member', 'create_bundle', 'resource_id', 'room', '06:10', '06:20', 'forbidden'),
               ('manager', 'move_reservations', 'reservation_id', 'b', '06:10', '06:20', null), ('manager', 'move_reservations', 'reservation_id', 'b', '12:10', '12:20', 'slot_taken'), ('member', 'move_reservations', 'reservation_id', 'b', '06:10', '06:20', 'forbidden')) l (who, call, key, name, starts, ends, slug),
       lateral (select jsonb_build_array(jsonb_build_object(key, tests.id(name), 'starts_at', tests.at(starts), 'ends_at', tests.at(ends)))) j (list);
grant select on overrides to public;
select is(tests.answer(format('select tests.be(%L), api.%s', who, call)) ->> 'message', slug, format('%s: %s: %s', who, coalesce(slug, 'as they wish'), call)) from overrides;
select tests.be('manager');
select is((api.create_reservation(tests.id('room'), tests.at('06:10'), tests.at('06:20'), override => true, reason => 'was so', id => tests.id('was'))).status::text, 'confirmed', 'it is then there');
select is(array[e.override::text, e.reason], '{true, was so}', 'and its event says why') from tests.last_event('was') e;

select tests.be_dba();
select is_empty('select * from booking.verify_invariants()', 'all is in order');

select * from finish();
rollback;
