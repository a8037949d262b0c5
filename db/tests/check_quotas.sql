-- Quotas: how many reservations a member has a day and a week, and how many hours a week, in the tenant's zone.
begin;
select no_plan();
select tests.world();
update booking.resources set kind = 'desk' where id = tests.id('desks');

-- As it is told: "max_per_day 2/2, max_hours_per_week 3.5/5"; null: nothing is.
create function pg_temp.exceeded(answer jsonb) returns text language sql
as $$
  select case when answer is null or answer ? 'rows' then null
              when answer ->> 'message' = 'quota_exceeded' then string_agg(format('%s %s/%s', v ->> 'rule', v ->> 'use', trim_scale((v ->> 'limit')::numeric)), ', ' order by n)
              else coalesce(answer ->> 'message', 'they disagree: ' || answer::text) end
    from (select) one_row left join jsonb_array_elements(answer #> '{details,violations}') with ordinality t (v, n) on true
$$;
-- With these rules and reservations of the member; undone.
create function pg_temp.with(setup text, starts timestamptz, ends timestamptz, resource text default 'room', who text default 'member') returns text language plpgsql
as $$
declare v_answer text;
begin
  execute 'select ' || setup;
  v_answer := pg_temp.exceeded(tests.everywhere(who, resource, starts, ends));
  raise exception using errcode = 'TT000';
exception
  when sqlstate 'TT000' then return v_answer;
end
$$;
create temp table before as select tests.digest();
grant select on before to public;

-- Each at its edge, in UTC
select is(pg_temp.with(setup, starts, ends), told, format('%s; %s to %s: %s', setup, to_char(starts, 'Dy HH24:MI'), to_char(ends, 'Dy HH24:MI'), coalesce(told, 'as they wish')))
  from (values
    ($$tests.rule(null, '{"max_per_day": 2}'), tests.reserve('a', 'room', '09:00', '10:00')$$, tests.at('12:00'), tests.at('13:00'), null),
    ($$tests.rule(null, '{"max_per_day": 1}'), tests.reserve('a', 'room', '09:00', '10:00')$$, tests.at('12:00'), tests.at('13:00'), 'max_per_day 1/1'),
    ($$tests.rule(null, '{"max_per_day": 1}'), tests.reserve('a', 'room', '09:00', '10:00')$$, tests.at('23:59'), tests.at('02:00', 1), 'max_per_day 1/1'),
    ($$tests.rule(null, '{"max_per_day": 1}'), tests.reserve('a', 'room', '09:00', '10:00')$$, tests.at('00:00', 1), tests.at('02:00', 1), null),
    -- A day is where it begins, not where it goes on.
    ($$tests.rule(null, '{"max_per_day": 1}'), tests.book('a', 'room', tests.at('23:00'), tests.at('01:00', 1))$$, tests.at('02:00', 1), tests.at('03:00', 1), null),
    ($$tests.rule(null, '{"max_per_week": 1}'), tests.reserve('a', 'room', '09:00', '10:00')$$, tests.at('23:59', 6), tests.at('02:00', 7), 'max_per_week 1/1'),
    ($$tests.rule(null, '{"max_per_week": 1}'), tests.reserve('a', 'room', '09:00', '10:00')$$, tests.at('00:00', 7), tests.at('02:00', 7), null),
    ($$tests.rule(null, '{"max_per_week": 1}'), tests.book('a', 'room', tests.at('23:00', 6), tests.at('02:00', 7))$$, tests.at('10:00', 7), tests.at('11:00', 7), null),
    -- Hours lie where they lie: of 22:00 to 03:00 over the week's end, two and three.
    ($$tests.rule(null, '{"max_hours_per_week": 5}')$$, tests.at('09:00'), tests.at('14:00'), null),
    ($$tests.rule(null, '{"max_hours_per_week": 5}')$$, tests.at('09:00'), tests.at('14:00:36'), 'max_hours_per_week 0/5'),
    ($$tests.rule(null, '{"max_hours_per_week": 5}'), tests.reserve('a', 'room', '09:00', '11:30')$$, tests.at('12:00'), tests.at('14:30'), null),
    ($$tests.rule(null, '{"max_hours_per_week": 5}'), tests.reserve('a', 'room', '09:00', '11:30')$$, tests.at('12:00'), tests.at('14:31'), 'max_hours_per_week 2.5/5'),
    ($$tests.rule(null, '{"max_hours_per_week": 5}'), tests.reserve('a', 'room', '09:00', '12:00')$$, tests.at('22:00', 6), tests.at('03:00', 7), null),
    ($$tests.rule(null, '{"max_hours_per_week": 5}'), tests.reserve('a', 'room', '09:00', '12:01')$$, tests.at('22:00', 6), tests.at('03:00', 7), 'max_hours_per_week 3.02/5'),
    ($$tests.rule(null, '{"max_hours_per_week": 5}'), tests.book('a', 'room', tests.at('09:00', 7), tests.at('12:00', 7))$$, tests.at('22:00', 6), tests.at('03:00', 7), 'max_hours_per_week 3/5'),
    ($$tests.rule(null, '{"max_hours_per_week": 5}'), tests.reserve('a', 'room', '09:00', '14:00'), tests.book('b', 'room', tests.at('09:00', 7), tests.at('12:00', 7))$$, tests.at('22:00', 6), tests.at('03:00', 7), 'max_hours_per_week 5/5, max_hours_per_week 3/5'),
    ($$tests.rule(null, '{"max_hours_per_week": 5}'), tests.book('a', 'room', tests.at('22:00', 6), tests.at('03:00', 7))$$, tests.at('09:00'), tests.at('12:00'), null),
    ($$tests.rule(null, '{"max_hours_per_week": 5}'), tests.book('a', 'room', tests.at('22:00', 6), tests.at('03:00', 7))$$, tests.at('09:00', 7), tests.at('11:01', 7), 'max_hours_per_week 3/5'),
    -- One of several weeks, the last of which is what is over, or begun long ago
    ($$tests.rule(null, '{"max_hours_per_week": 168}')$$, tests.at('00:00', 7), tests.at('00:00', 28), null),
    ($$tests.rule(null, '{"max_hours_per_week": 100}')$$, tests.at('00:00', 9), tests.at('00:00', 18), 'max_hours_per_week 0/100'),
    ($$tests.rule(null, '{"max_hours_per_week": 40}'), tests.book('a', 'studio', tests.at('00:00', 7), tests.at('00:00', 40))$$, tests.at('12:00', 21), tests.at('13:00', 21), 'max_hours_per_week 168/40'),
    ($$tests.rule(null, '{"max_hours_per_week": 40}'), tests.book('a', 'studio', tests.at('00:00', 7), tests.at('00:00', 40))$$, tests.at('12:00', 28), tests.at('13:00', 28), 'max_hours_per_week 168/40'),
    ($$tests.rule(null, '{"max_hours_per_week": 40}'), tests.book('a', 'studio', tests.at('00:00', 7), tests.at('00:00', 40))$$, tests.at('12:00', 40), tests.at('13:00', 40), 'max_hours_per_week 120/40'),
    -- All are told, in their order.
    ($$tests.rule(null, '{"max_per_day": 1, "max_per_week": 1, "max_hours_per_week": 1}'), tests.reserve('a', 'room', '09:00', '10:00')$$, tests.at('12:00'), tests.at('13:00'), 'max_hours_per_week 1/1, max_per_day 1/1, max_per_week 1/1'),
    ($$tests.rule(null, '{"max_per_day": 1, "max_per_week": 2}'), tests.reserve('a', 'room', '09:00', '10:00')$$, tests.at('12:00'), tests.at('13:00'), 'max_per_day 1/1'),
    -- More than the limit, since that came later
    ($$tests.rule(null, '{"max_per_day": 1}'), tests.reserve('a', 'room', '09:00', '10:00'), tests.reserve('b', 'room', '10:00', '11:00')$$, tests.at('12:00'), tests.at('13:00'), 'max_per_day 2/1')
  ) as cases (setup, starts, ends, told);
select is(pg_temp.with($$tests.rule(null, '{"max_per_day": 1}'), tests.reserve('a', 'room', '09:00', '10:00')$$, tests.at('09:30'), tests.at('10:30')), 'slot_taken', 'what is in the way is told first');
select tests.be_dba();
select is(tests.digest(), digest, 'none of which changed anything') from before;

-- In a zone where the UTC week differs: in Auckland it is 13 hours later, and Monday at 11:00 UTC on Sunday.
update booking.tenants set timezone = 'Pacific/Auckland' where id = tests.id('acme');
update booking.resources set timezone = 'America/New_York' where id = tests.id('studio'); -- whose own zone does not matter
select is(pg_temp.with(setup, starts, ends, resource), told, format('in Auckland: %s; %s to %s: %s', setup, to_char(starts, 'Dy HH24:MI'), to_char(ends, 'Dy HH24:MI'), coalesce(told, 'as they wish')))
  from (values
    ($$tests.rule(null, '{"max_per_day": 1}'), tests.reserve('a', 'studio', '09:00', '09:30')$$, 'room', tests.at('10:59'), tests.at('12:00'), 'max_per_day 1/1'),
    ($$tests.rule(null, '{"max_per_day": 1}'), tests.reserve('a', 'studio', '09:00', '09:30')$$, 'studio', tests.at('10:59'), tests.at('12:00'), 'max_per_day 1/1'),
    ($$tests.rule(null, '{"max_per_day": 1}'), tests.reserve('a', 'studio', '09:00', '09:30')$$, 'room', tests.at('11:00'), tests.at('12:00'), null),
    ($$tests.rule(null, '{"max_per_day": 1}'), tests.reserve('a', 'studio', '11:00', '12:00')$$, 'studio', tests.at('10:59', 1), tests.at('12:00', 1), 'max_per_day 1/1'),
    ($$tests.rule(null, '{"max_per_week": 1}'), tests.reserve('a', 'studio', '09:00', '09:30')$$, 'room', tests.at('10:59', 6), tests.at('12:00', 6), 'max_per_week 1/1'),
    ($$tests.rule(null, '{"max_per_week": 1}'), tests.reserve('a', 'studio', '09:00', '09:30')$$, 'room', tests.at('11:00', 6), tests.at('12:00', 6), null),
    ($$tests.rule(null, '{"max_per_week": 1}'), tests.book('a', 'studio', tests.at('11:00', 6), tests.at('12:00', 6))$$, 'room', tests.at('09:00', 7), tests.at('10:00', 7), 'max_per_week 1/1'),
    ($$tests.rule(null, '{"max_hours_per_week": 2}')$$, 'room', tests.at('09:00', 6), tests.at('13:00', 6), null),
    ($$tests.rule(null, '{"max_hours_per_week": 2}')$$, 'room', tests.at('08:59', 6), tests.at('13:00', 6), 'max_hours_per_week 0/2'),
    ($$tests.rule(null, '{"max_hours_per_week": 2}')$$, 'room', tests.at('08:00', 6), tests.at('12:00', 6), 'max_hours_per_week 0/2')
  ) as cases (setup, resource, starts, ends, told);
select is((tests.everywhere('member', 'room', tests.at('09:00', 6), tests.at('12:00', 6)) #> '{details}') - 'violations',
  jsonb_build_object('rule', 'max_hours_per_week', 'limit', 1.5, 'use', 0, 'starts_at', tests.at('11:00', -1), 'ends_at', tests.at('11:00', 6)), 'which week it was is told')
  from (select tests.rule(null, '{"max_hours_per_week": 1.5}')) r;
select is(tests.everywhere('member', 'room', tests.at('09:00', 6), tests.at('12:00', 6)) ->> 'hint' ~ 'the week of 2030-01-07', true, 'by the calendar of Auckland');
delete from booking.booking_rules;

-- The weeks when the clocks change in Berlin: one of 167 hours, one of 169. The day is from midnight to midnight.
update booking.tenants set timezone = 'Europe/Berlin' where id = tests.id('acme');
select is(pg_temp.with(setup, starts, ends), told, format('in Berlin: %s; %s to %s: %s', setup, starts, ends, coalesce(told, 'as they wish')))
  from (values
    ($$tests.rule(null, '{"max_hours_per_week": 167}')$$, '2030-03-25 00:00+01'::timestamptz, '2030-04-01 00:00+02'::timestamptz, null),
    ($$tests.rule(null, '{"max_hours_per_week": 166.99}')$$, '2030-03-25 00:00+01', '2030-04-01 00:00+02', 'max_hours_per_week 0/166.99'),
    ($$tests.rule(null, '{"max_hours_per_week": 168}')$$, '2030-10-21 00:00+02', '2030-10-28 00:00+01', 'max_hours_per_week 0/168'),
    ($$tests.rule(null, '{"max_hours_per_week": 2}')$$, '2030-03-31 01:00+01', '2030-03-31 04:00+02', null),
    ($$tests.rule(null, '{"max_hours_per_week": 3}')$$, '2030-10-27 01:00+02', '2030-10-27 04:00+01', 'max_hours_per_week 0/3'),
    ($$tests.rule(null, '{"max_per_day": 1}'), tests.book('a', 'studio', '2030-03-31 00:00+01', '2030-03-31 00:30+01')$$, '2030-03-31 23:59+02', '2030-04-01 00:30+02', 'max_per_day 1/1'),
    ($$tests.rule(null, '{"max_per_day": 1}'), tests.book('a', 'studio', '2030-03-31 00:00+01', '2030-03-31 00:30+01')$$, '2030-04-01 00:00+02', '2030-04-01 00:30+02', null),
    ($$tests.rule(null, '{"max_per_day": 1}'), tests.book('a', 'studio', '2030-03-30 23:59+01', '2030-03-31 00:30+01')$$, '2030-03-31 00:00+01', '2030-03-31 00:30+01', null),
    ($$tests.rule(null, '{"max_per_day": 1}'), tests.book('a', 'studio', '2030-10-27 00:00+02', '2030-10-27 00:30+02')$$, '2030-10-27 23:59+01', '2030-10-28 00:30+01', 'max_per_day 1/1'),
    ($$tests.rule(null, '{"max_per_week": 1}'), tests.book('a', 'studio', '2030-10-21 00:00+02', '2030-10-21 00:30+02')$$, '2030-10-27 23:59+01', '2030-10-28 00:30+01', 'max_per_week 1/1')
  ) as cases (setup, starts, ends, told);
update booking.tenants set timezone = 'UTC' where id = tests.id('acme');
update booking.resources set timezone = 'UTC' where id = tests.id('studio');

-- What counts: what is active, or was.
select tests.rule(null, '{"max_per_day": 1}');
select is(pg_temp.with(format($$tests.reserve('a', 'room', '09:00', '10:00', %L)$$, status), tests.at('12:00'), tests.at('13:00')), told, format('%s: %s', status, coalesce(told, 'does not count')))
  from (values ('tentative', null), ('held', 'max_per_day 1/1'), ('pencilled', 'max_per_day 1/1'), ('pending', 'max_per_day 1/1'), ('confirmed', 'max_per_day 1/1')) s (status, told);
create function pg_temp.become(first text, status text) returns void language plpgsql as $$
begin
  perform tests.reserve('a', 'room', '09:00', '10:00', first::booking.reservation_status);
  update booking.reservations r set status = become.status::booking.reservation_status where r.id = tests.id('a');
end $$;
select is(pg_temp.with(format('pg_temp.become(%L, %L)', first, status), tests.at('12:00'), tests.at('13:00')), told, format('%s: %s', status, coalesce(told, 'does not count')))
  from (values ('pending', 'rejected', null), ('confirmed', 'cancelled', null), ('held', 'expired', null), ('held', 'displaced', null), ('confirmed', 'checked_in', 'max_per_day 1/1'), ('confirmed', 'completed', 'max_per_day 1/1'), ('confirmed', 'no_show', 'max_per_day 1/1')) s (first, status, told);
select is(pg_temp.with($$tests.reserve('a', 'room', '09:00', '10:00', 'held', expires => '08:00')$$, tests.at('12:00'), tests.at('13:00')), null, 'a hold that has expired does not, swept or not');
select is(pg_temp.with($$tests.reserve('a', 'room', '09:00', '10:00', 'held', expires => '08:00:01')$$, tests.at('12:00'), tests.at('13:00')), 'max_per_day 1/1', 'until the last second');
select is(pg_temp.with($$tests.reserve('a', 'room', '09:00', '10:00', owner => 'colleague')$$, tests.at('12:00'), tests.at('13:00')), null, 'nor does what others have');
select is(pg_temp.with(format($$tests.reserve('a', 'room', '09:00', '10:00', owner => %L)$$, who), tests.at('12:00'), tests.at('13:00'), who => who), 'max_per_day 1/1', 'they are for ' || who) from unnest('{approver, manager, admin}'::text[]) who;

-- Of what it counts the reservations: those that the row is for
delete from booking.booking_rules;
select is(pg_temp.with(setup, tests.at('12:00'), tests.at('13:00'), resource), told, format('%s; on the %s: %s', setup, resource, coalesce(told, 'as they wish')))
  from (values
    ($$tests.rule(null, '{"max_per_day": 1}'), tests.reserve('a', 'studio', '09:00', '10:00')$$, 'room', 'max_per_day 1/1'),
    ($$tests.rule(null, '{"max_per_day": 1}'), tests.reserve('a', 'desks', '09:00', '10:00', units => 3)$$, 'room', 'max_per_day 1/1'),
    ($$tests.rule('room', '{"max_per_day": 1}'), tests.reserve('a', 'studio', '09:00', '10:00')$$, 'room', null),
    ($$tests.rule('room', '{"max_per_day": 1}'), tests.reserve('a', 'room', '09:00', '10:00')$$, 'studio', null),
    ($$tests.rule('room', '{"max_per_day": 1}'), tests.reserve('a', 'room', '09:00', '10:00')$$, 'room', 'max_per_day 1/1'),
    ($$tests.rule(null, '{"kind": "room", "max_per_day": 1}'), tests.reserve('a', 'studio', '09:00', '10:00')$$, 'room', 'max_per_day 1/1'),
    ($$tests.rule(null, '{"kind": "room", "max_per_day": 1}'), tests.reserve('a', 'desks', '09:00', '10:00')$$, 'room', null),
    ($$tests.rule(null, '{"kind": "room", "max_per_day": 1}'), tests.reserve('a', 'room', '09:00', '10:00')$$, 'desks', null),
    -- The most specific of each stands alone.
    ($$tests.rule(null, '{"max_per_day": 1, "max_per_week": 2}'), tests.rule('room', '{"max_per_day": 2}'), tests.reserve('a', 'studio', '09:00', '10:00'), tests.reserve('b', 'room', '09:00', '10:00')$$, 'room', 'max_per_week 2/2'),
    ($$tests.rule(null, '{"max_per_day": 1}'), tests.rule('room', '{"max_per_day": 2}'), tests.reserve('a', 'studio', '09:00', '10:00'), tests.reserve('b', 'room', '09:00', '10:00')$$, 'room', null),
    ($$tests.rule(null, '{"max_per_day": 2}'), tests.rule('room', '{"max_per_day": 1}'), tests.reserve('b', 'room', '09:00', '10:00')$$, 'studio', null)
  ) as cases (setup, resource, told);

-- What is told
select tests.rule(null, '{"max_per_day": 1, "max_hours_per_week": 5}');
select tests.reserve('a', 'room', '09:00', '10:00');
create temp table told as select tests.everywhere('member', 'room', tests.at('12:00'), tests.at('14:00')) as a;
select is(a, jsonb_build_object('code', 'PT422', 'message', 'quota_exceeded', 'hint', '1 of 1 reservations are used on the day of 2030-01-07; choose another day, or cancel one of them.',
    'details', x || jsonb_build_object('violations', jsonb_build_array(x || '{"code": "quota_exceeded", "hint": "1 of 1 reservations are used on the day of 2030-01-07; choose another day, or cancel one of them."}'))), 'the rule, the limit, the use, the day, the way out')
  from told, (select jsonb_build_object('rule', 'max_per_day', 'limit', 1, 'use', 1, 'starts_at', tests.at('00:00'), 'ends_at', tests.at('00:00', 1))) d (x);
select matches(tests.everywhere('member', 'room', tests.at('12:00', 1), tests.at('17:00', 1)) ->> 'hint', '1 of 5 hours are used in the week of 2030-01-07; choose another week', 'in a week');
select doesnt_match(tests.everywhere('member', 'room', tests.at('12:00', 8), tests.at('18:00', 8)) ->> 'hint', 'another week|cancel one', 'what is too much for any week is told no other week');
select is(array(select v ->> 'code' from jsonb_array_elements(tests.everywhere('member', 'closed', tests.at('12:00'), tests.at('14:00')) #> '{details,violations}') v), '{resource_inactive, quota_exceeded}', 'they are told beside other rules');

-- Roads that differ
select tests.be('member');
select tests.reserve('t', 'room', '12:00', '13:00', 'tentative');
select is(pg_temp.exceeded(tests.answer('select api.' || call)), told, format('%s: %s', call, coalesce(told, 'as they wish')))
  from (values
    ($$create_reservation(tests.id('studio'), tests.at('12:00'), tests.at('13:00'), 'tentative')$$, null),
    ($$create_reservation(tests.id('studio'), tests.at('12:00'), tests.at('13:00'), 'held')$$, 'max_per_day 1/1'), ($$create_reservation(tests.id('studio'), tests.at('12:00'), tests.at('13:00'), 'pencilled')$$, 'max_per_day 1/1'),
    ($$create_reservation(tests.id('stage'), tests.at('12:00'), tests.at('13:00'))$$, 'max_per_day 1/1'), ($$check_reservation_conflict(tests.id('stage'), tests.at('12:00'), tests.at('13:00'))$$, 'max_per_day 1/1'),
    ($$confirm_reservation(tests.id('t'))$$, 'max_per_day 1/1'), ($$pencil_reservation(tests.id('t'))$$, 'max_per_day 1/1'), ($$reschedule_reservation(tests.id('t'), tests.at('14:00'), tests.at('15:00'))$$, null), ($$cancel_reservation(tests.id('t'))$$, null),
    -- Moved, one is not in its own way.
    ($$reschedule_reservation(tests.id('a'), tests.at('14:00'), tests.at('18:00'))$$, null), ($$check_reservation_conflict(tests.id('room'), tests.at('14:00'), tests.at('18:00'), exclude_reservation_id => tests.id('a'))$$, null),
    ($$reschedule_reservation(tests.id('a'), tests.at('14:00'), tests.at('19:00:36'))$$, 'max_hours_per_week 0/5'), ($$check_reservation_conflict(tests.id('room'), tests.at('14:00'), tests.at('19:00:36'), exclude_reservation_id => tests.id('a'))$$, 'max_hours_per_week 0/5'),
    ($$check_reservation_conflict(tests.id('room'), tests.at('14:00'), tests.at('15:00'), exclude_reservation_id => tests.id('t'))$$, null)
  ) as calls (call, told);
select is((tests.reservation('t')).status::text, 'tentative', 'what could not be confirmed stays as it is');
select tests.book('b', 'room', tests.at('09:00', 1), tests.at('10:00', 1));
select is(tests.answer(format('select api.move_reservations(%L)', jsonb_build_array(jsonb_build_object('reservation_id', tests.id('a'), 'starts_at', tests.at('09:00', 1), 'ends_at', tests.at('10:00', 1)),
    jsonb_build_object('reservation_id', tests.id('b'), 'starts_at', tests.at('09:00'), 'ends_at', tests.at('10:00'))))), '{"rows": 2}', 'two that change places are judged on how they then stand');
select is(pg_temp.exceeded(tests.answer(format('select api.move_reservations(%L)', jsonb_build_array(jsonb_build_object('reservation_id', tests.id('b'), 'starts_at', tests.at('12:00'), 'ends_at', tests.at('13:00')))))), 'max_per_day 1/1', 'one that joins another is refused');
select is(pg_temp.exceeded(tests.answer(format('select api.create_bundle(%L)', jsonb_build_array(jsonb_build_object('resource_id', tests.id('room'), 'starts_at', tests.at('12:00', 2), 'ends_at', tests.at('13:00', 2)),
    jsonb_build_object('resource_id', tests.id('studio'), 'starts_at', tests.at('12:00', 2), 'ends_at', tests.at('13:00', 2)))))), 'max_per_day 1/1', 'a bundle counts for each of its reservations');
select is(array(select (r ->> 'starts_at')::timestamptz from jsonb_array_elements(api.preview_series(tests.id('studio'), 'FREQ=DAILY;BYHOUR=0,12;COUNT=6', '2030-01-08 12:00', '30 minutes', on_conflict => 'skip') -> 'rejected') r where r ->> 'code' = 'quota_exceeded'),
  array[tests.at('12:00', 1), tests.at('12:00', 2), tests.at('12:00', 3)], 'of a series each that goes beyond one is told');
-- A series that is moved names the one that cannot be had.
create temp table series as select api.create_series(tests.id('studio'), 'FREQ=DAILY;COUNT=3', '2030-01-15 12:00', '30 minutes') as made;
select tests.book('there', 'room', tests.at('09:00', 11), tests.at('09:30', 11));
select is(array(select (r ->> 'starts_at')::timestamptz from series, jsonb_array_elements(tests.details(format('select api.reschedule_series(%L, shift => ''1 day'')', made ->> 'series_id')) -> 'rejected') r), array[tests.at('12:00', 11)], 'of a series that moves, too');

-- The check of a manager who moves what is somebody else's
select tests.be('manager');
select is(tests.answer($$ select api.check_reservation_conflict(tests.id('room'), tests.at('12:00'), tests.at('13:00'), exclude_reservation_id => tests.id('b')) $$),
  tests.answer($$ select api.reschedule_reservation(tests.id('b'), tests.at('12:00'), tests.at('13:00')) $$), 'a manager who asks of a move is told of the owner''s quotas, as by the move');

-- Who books for others, books on their quotas; none learns of others'.
select is(pg_temp.exceeded(tests.answer($$ select api.create_reservation(tests.id('studio'), tests.at('12:00'), tests.at('13:00'), owner_id => tests.id('member')) $$)), 'max_per_day 1/1', 'a manager for a member');
select is(pg_temp.exceeded(tests.answer($$ select api.create_reservation(tests.id('studio'), tests.at('12:00'), tests.at('13:00'), owner_id => tests.id('colleague')) $$)), null, 'or for another');
select is(tests.answer(call), '{"rows": 1}', 'unless they override: ' || call)
  from (values ($$select api.create_reservation(tests.id('studio'), tests.at('12:00'), tests.at('13:00'), owner_id => tests.id('member'), override => true, reason => 'x')$$),
               ($$select api.confirm_reservation(tests.id('t'), override => true, reason => 'x')$$), ($$select api.reschedule_reservation(tests.id('b'), tests.at('12:00'), tests.at('13:00'), override => true, reason => 'x')$$)) as calls (call);
select tests.be_dba();
select tests.rule('studio', '{"min_duration": "1 hour"}');
select tests.be('colleague');
select is(tests.answer($$ select api.create_reservation(tests.id('studio'), tests.at('12:00'), tests.at('12:15'), owner_id => tests.id('member')) $$)::text ~ 'quota', false, 'a colleague is not told what a member has');
select tests.be('member');
select is(tests.answer($$ select api.create_reservation(tests.id('studio'), tests.at('12:00'), tests.at('12:15'), 'tentative') $$)::text ~ 'quota', false, 'what takes none is not told of any');
select tests.be('manager');
select is((api.create_reservation(tests.id('studio'), tests.at('12:00'), tests.at('13:00'), owner_id => tests.id('member'), override => true, reason => 'x')).owner_id, tests.id('member'), 'overridden, there are two');
select tests.be_dba();
select is(pg_temp.exceeded(tests.everywhere('member', 'room', tests.at('15:00'), tests.at('16:00'))), 'max_per_day 2/1', 'which count');
select is_empty('select * from booking.verify_invariants()', 'all is in order');

select * from finish();
rollback;
