-- raises_quota: whoever is above a quota may change what they have in ways that do not give them more of it.
begin;
select no_plan();
select tests.world();
update booking.resources set kind = 'desk' where id = tests.id('desks');
select tests.bundle('u');
select tests.part('u', 'p', 'room', '18:00', '19:00');
select tests.part('u', 'q', 'studio', '20:00', '21:00');

-- The slug that the member gets for a call, with these rules and reservations; null: it is done. Undone.
create function pg_temp.told(rules text, setup text, call text, who text default 'member') returns text language plpgsql
as $$
declare v_answer jsonb;
begin
  execute 'select ' || coalesce(setup, 'null');
  perform tests.rule(null, rules::jsonb); -- since then
  perform tests.be(who);
  v_answer := tests.answer('select api.' || call);
  raise exception using errcode = 'TT000';
exception
  when sqlstate 'TT000' then return case when v_answer ? 'rows' then null else v_answer ->> 'message' end;
end
$$;
create function pg_temp.move(variadic moves text[]) returns text language sql
as $$
  select format('move_reservations(%L)', jsonb_agg(jsonb_build_object('reservation_id', tests.id(m[1]), 'starts_at', tests.at(m[3], m[2]::integer), 'ends_at', tests.at(m[4], m[2]::integer))))
    from (select string_to_array(move, ' ') from unnest(moves) move) s (m)
$$;

create temp table cases (what text, rules text, setup text, call text, slug text);
insert into cases values
  -- Reservations of a period
  ('moved within the day', '{"max_per_day": 1}', $$tests.reserve('a', 'room', '09:00', '10:00'), tests.reserve('b', 'room', '10:00', '11:00')$$, pg_temp.move('a 0 12:00 13:00'), null),
  ('shortened', '{"max_per_day": 1}', $$tests.reserve('a', 'room', '09:00', '10:00'), tests.reserve('b', 'room', '10:00', '11:00')$$, pg_temp.move('a 0 09:00 09:30'), null),
  ('lengthened, where the number counts', '{"max_per_day": 1}', $$tests.reserve('a', 'room', '09:00', '10:00'), tests.reserve('b', 'room', '11:00', '12:00')$$, pg_temp.move('a 0 09:00 10:30'), null),
  ('moved to another day', '{"max_per_day": 1}', $$tests.reserve('a', 'room', '09:00', '10:00'), tests.book('b', 'room', tests.at('09:00', 1), tests.at('10:00', 1))$$, pg_temp.move('a 1 12:00 13:00'), 'quota_exceeded'),
  ('moved to another day of the week', '{"max_per_week": 1}', $$tests.reserve('a', 'room', '09:00', '10:00'), tests.reserve('b', 'room', '10:00', '11:00')$$, pg_temp.move('a 3 09:00 10:00'), null),
  ('or to another week', '{"max_per_week": 1}', $$tests.reserve('a', 'room', '09:00', '10:00'), tests.book('b', 'room', tests.at('09:00', 7), tests.at('10:00', 7))$$, pg_temp.move('a 7 12:00 13:00'), 'quota_exceeded'),
  ('within the month', '{"max_per_month": 1}', $$tests.reserve('a', 'room', '09:00', '10:00'), tests.reserve('b', 'room', '10:00', '11:00')$$, pg_temp.move('a 20 09:00 10:00'), null),
  ('or to another', '{"max_per_month": 1}', $$tests.reserve('a', 'room', '09:00', '10:00'), tests.book('b', 'room', tests.at('09:00', 30), tests.at('10:00', 30))$$, pg_temp.move('a 30 12:00 13:00'), 'quota_exceeded'),
  ('one that counts here and not there', '{"max_per_day": 1, "max_per_week": 2}', $$tests.reserve('a', 'room', '09:00', '10:00'), tests.reserve('b', 'room', '10:00', '11:00'), tests.reserve('c', 'room', '11:00', '12:00')$$, pg_temp.move('a 1 09:00 10:00'), null),
  -- Hours
  ('as many hours in the week', '{"max_hours_per_week": 1}', $$tests.reserve('a', 'room', '09:00', '12:00')$$, pg_temp.move('a 3 09:00 12:00'), null),
  ('fewer', '{"max_hours_per_week": 1}', $$tests.reserve('a', 'room', '09:00', '12:00')$$, pg_temp.move('a 0 09:00 11:00'), null),
  ('more', '{"max_hours_per_week": 1}', $$tests.reserve('a', 'room', '09:00', '12:00')$$, pg_temp.move('a 0 09:00 12:01'), 'quota_exceeded'),
  ('as many in another week', '{"max_hours_per_week": 1}', $$tests.reserve('a', 'room', '09:00', '12:00')$$, pg_temp.move('a 7 09:00 12:00'), 'quota_exceeded'),
  ('over the end of a week, more of the second', '{"max_hours_per_week": 1}', $$tests.book('a', 'room', tests.at('22:00', 6), tests.at('02:00', 7))$$,
   format($s$reschedule_reservation(tests.id('a'), %L, %L)$s$, tests.at('23:00', 6), tests.at('02:30', 7)), 'quota_exceeded'),
  ('fewer of both', '{"max_hours_per_week": 1}', $$tests.book('a', 'room', tests.at('22:00', 6), tests.at('02:00', 7))$$,
   format($s$reschedule_reservation(tests.id('a'), %L, %L)$s$, tests.at('22:30', 6), tests.at('01:30', 7)), null),
  -- At the same moment
  ('in its own time', '{"max_concurrent": 1}', $$tests.reserve('a', 'room', '09:00', '12:00'), tests.reserve('b', 'studio', '09:00', '12:00')$$, pg_temp.move('a 0 10:00 11:00'), null),
  ('beyond it', '{"max_concurrent": 1}', $$tests.reserve('a', 'room', '09:00', '11:00'), tests.reserve('b', 'studio', '09:00', '12:00')$$, pg_temp.move('a 0 09:30 11:30'), 'too_many_at_once'),
  ('beyond it, where nothing else is', '{"max_concurrent": 1}', $$tests.reserve('a', 'room', '09:00', '11:00'), tests.reserve('b', 'studio', '09:00', '11:00')$$, pg_temp.move('a 0 10:00 12:00'), null),
  -- Several, judged together
  ('two that swap their weeks', '{"max_per_week": 1}',
   $$tests.reserve('a', 'room', '09:00', '10:00'), tests.reserve('x', 'room', '10:00', '11:00'), tests.book('b', 'room', tests.at('09:00', 7), tests.at('10:00', 7)), tests.book('y', 'room', tests.at('10:00', 7), tests.at('11:00', 7))$$,
   pg_temp.move('a 7 09:00 10:00', 'b 0 09:00 10:00'), null),
  ('two of which one goes where it is full', '{"max_per_week": 1}',
   $$tests.reserve('a', 'room', '09:00', '10:00'), tests.reserve('x', 'room', '10:00', '11:00'), tests.book('b', 'room', tests.at('09:00', 7), tests.at('10:00', 7)), tests.book('y', 'room', tests.at('10:00', 7), tests.at('11:00', 7))$$,
   pg_temp.move('a 7 12:00 13:00', 'b 7 09:30 10:00'), 'quota_exceeded'),
  ('hours that swap', '{"max_hours_per_week": 1}', $$tests.reserve('a', 'room', '09:00', '12:00'), tests.book('b', 'room', tests.at('09:00', 7), tests.at('12:00', 7))$$, pg_temp.move('a 7 09:00 12:00', 'b 0 09:00 12:00'), null),
  ('two at once that change places', '{"max_concurrent": 1}', $$tests.reserve('a', 'room', '09:00', '10:00'), tests.reserve('b', 'studio', '09:00', '10:00'), tests.reserve('c', 'desks', '09:00', '11:00')$$,
   pg_temp.move('a 0 10:00 11:00', 'b 0 08:30 09:30'), 'too_many_at_once'),
  ('all of a bundle within the day', '{"max_per_day": 1}', null, $$reschedule_bundle(tests.id('u'), '1 hour')$$, null),
  ('or to another', '{"max_per_day": 1}', null, $$reschedule_bundle(tests.id('u'), '1 day')$$, 'quota_exceeded'),
  ('all of a series within each week', '{"max_per_week": 1}', $$tests.recur('s', 'FREQ=WEEKLY;BYDAY=TU,TH;COUNT=6')$$, $$reschedule_series(tests.id('s'), shift => '1 day')$$, null),
  ('each by a day, though the next stood there', '{"max_per_day": 1}', $$tests.recur('s', 'FREQ=DAILY;COUNT=4'), tests.book('o', 'studio', tests.at('09:00', 2), tests.at('10:00', 2))$$, $$reschedule_series(tests.id('s'), shift => '1 hour')$$, null),
  ('one of a series within its week', '{"max_per_week": 1}', $$tests.recur('s', 'FREQ=WEEKLY;BYDAY=TU,TH;COUNT=6')$$, $$reschedule_series(tests.id('s'), 'this', tests.id('s1'), shift => '1 day')$$, null),
  -- What each rule counts
  ('to what the rule is not for', '{"kind": "desk", "max_per_day": 1}', $$tests.reserve('a', 'desks', '09:00', '10:00'), tests.reserve('b', 'desks', '10:00', '11:00')$$, $$reschedule_reservation(tests.id('a'), tests.at('09:00'), tests.at('10:00'), tests.id('room'))$$, null),
  ('from there', '{"kind": "desk", "max_per_day": 1}', $$tests.reserve('a', 'room', '09:00', '10:00'), tests.reserve('b', 'desks', '10:00', '11:00')$$, $$reschedule_reservation(tests.id('a'), tests.at('09:00'), tests.at('10:00'), tests.id('desks'))$$, 'quota_exceeded'),
  ('what did not count', '{"max_per_day": 1}', $$tests.reserve('a', 'room', '09:00', '10:00', 'tentative'), tests.reserve('b', 'room', '10:00', '11:00')$$, $$confirm_reservation(tests.id('a'))$$, 'quota_exceeded'),
  ('another one', '{"max_per_day": 1}', $$tests.reserve('a', 'room', '09:00', '10:00'), tests.reserve('b', 'room', '10:00', '11:00')$$, $$create_reservation(tests.id('room'), tests.at('12:00'), tests.at('13:00'))$$, 'quota_exceeded'),
  ('what was offered once, and is theirs', '{"max_per_day": 1}', $$pg_temp.offered('a', '08:15'), tests.reserve('b', 'room', '10:00', '11:00')$$, $$check_in_reservation(tests.id('a'))$$, null);
create function pg_temp.offered(name text, starts text) returns void language plpgsql as $$
declare v_entry uuid;
begin
  insert into booking.waitlist_entries (tenant_id, resource_id, starts_at, ends_at, owner_id, status)
  values (tests.id('acme'), tests.id('room'), tests.at(starts), tests.at('09:00'), tests.id('member'), 'offered') returning id into v_entry;
  perform tests.reserve(name, 'room', starts, '09:00', 'held');
  update booking.reservations set waitlist_entry_id = v_entry where id = tests.id(name);
  update booking.reservations set status = 'confirmed' where id = tests.id(name);
end $$;
select is(pg_temp.told(rules, setup, call), slug, format('%s: %s', what, coalesce(slug, 'done'))) from cases;

-- What the check says of a move is what the move does.
create function pg_temp.checked(rules text, setup text, day integer, starts text, ends text) returns text language plpgsql
as $$
begin
  return pg_temp.told(rules, setup, format($s$check_reservation_conflict(tests.id('room'), %L, %L, exclude_reservation_id => tests.id('a'))$s$, tests.at(starts, day), tests.at(ends, day)));
end
$$;
select is(pg_temp.checked(rules, $$tests.reserve('a', 'room', '09:00', '12:00'), tests.reserve('b', 'studio', '09:00', '12:00'), tests.book('c', 'studio', tests.at('09:00', 7), tests.at('12:00', 7))$$, day, starts, ends), slug, format('the check: %s, day %s, %s–%s', rules, day, starts, ends))
  from (values ('{"max_per_week": 1}', 0, '10:00', '11:00', null), ('{"max_per_week": 1}', 7, '10:00', '11:00', 'quota_exceeded'), ('{"max_hours_per_week": 1}', 3, '10:00', '13:00', null), ('{"max_hours_per_week": 1}', 3, '10:00', '13:30', 'quota_exceeded'),
               ('{"max_concurrent": 1}', 0, '10:00', '11:00', null), ('{"max_concurrent": 1}', 7, '10:00', '11:00', 'too_many_at_once')) as checks (rules, day, starts, ends, slug);

-- A series names all that cannot be had, its owner's quotas among it.
select tests.be_dba();
select tests.recur('s', 'FREQ=DAILY;COUNT=3');
select tests.reserve('rival', 'room', '10:00', '10:30', owner => 'colleague');
update booking.reservations set starts_at = tests.at('12:00', 1), ends_at = tests.at('13:00', 1) where id = tests.id('rival');
select tests.book('mine', 'studio', tests.at('12:00', 3), tests.at('13:00', 3));
select tests.rule(null, '{"max_concurrent": 1}');
select tests.be('member');
select is(array(select (r ->> 'starts_at') || ' ' || (r ->> 'code') from jsonb_array_elements(tests.details($$ select api.reschedule_series(tests.id('s'), shift => '3 hours') $$) -> 'rejected') r),
  array['2030-01-08T12:00:00+00:00 slot_taken', '2030-01-10T12:00:00+00:00 too_many_at_once'], 'beside what is taken');
select tests.be_dba();
delete from booking.reservations where id = tests.id('rival');
select tests.be('member');
select is(array(select (r ->> 'starts_at') || ' ' || (r ->> 'code') from jsonb_array_elements(tests.details($$ select api.reschedule_series(tests.id('s'), shift => '3 hours') $$) -> 'rejected') r),
  array['2030-01-10T12:00:00+00:00 too_many_at_once'], 'or alone');
select tests.be_dba();
select is_empty('select * from booking.verify_invariants()', 'all is in order');

select * from finish();
rollback;
