-- Who may ask: assess() bounds what members want, find_suspension() says whether they may ask at all, by max_no_shows within no_show_window.
begin;
select no_plan();
select tests.world();

create function pg_temp.message(arguments text) returns text language sql
as $$ select tests.answer(format('select api.create_reservation(%s)', arguments)) ->> 'message' $$;

-- Priority
select tests.rule(null, '{"max_priority": 2}');
select tests.rule('studio', '{"max_priority": 4}');
create temp table before as select tests.digest();
grant select on before to public;
create temp table priorities (who text, resource text, priority integer, slug text);
insert into priorities values
  ('member', 'room', 2, null), ('member', 'room', 3, 'forbidden'), ('member', 'room', -5, null), ('member', 'room', null, null), ('member', 'room', 2147483647, 'forbidden'),
  ('member', 'studio', 4, null), ('member', 'studio', 5, 'forbidden'), ('approver', 'room', 3, null), ('manager', 'room', 99, null), ('stranger', 'theirs', 99, null);
grant select on priorities to public;
create function pg_temp.as_of(who text, call text) returns jsonb language plpgsql as $$ begin perform tests.be(who); return tests.answer(call); end $$;
select is(pg_temp.as_of(who, format('select api.create_reservation(tests.id(%L), tests.at(''12:00''), tests.at(''13:00''), priority => %L)', resource, priority)) ->> 'message', slug,
          format('priority %s of the %s on the %s: %s', priority, who, resource, coalesce(slug, 'as they wish'))) from priorities;
select is(pg_temp.as_of(who, format('select api.check_reservation_conflict(tests.id(%L), tests.at(''12:00''), tests.at(''13:00''), priority => %L)', resource, priority)) ->> 'message', slug,
          format('the check says so: %s of the %s on the %s', priority, who, resource)) from priorities;
select tests.be('member');
select is(tests.answer($$ select api.create_reservation(tests.id('room'), tests.at('12:00'), tests.at('13:00'), priority => 3) $$) - 'hint',
  '{"code": "PT403", "message": "forbidden", "details": {"limit": 2, "priority": 3}}', 'the details name the limit');
select tests.be_dba();
select is(tests.digest(), digest, 'none of which changed anything') from before;
select tests.reserve('high', 'studio', '12:00', '13:00', 'tentative', priority => 4);
select tests.be('member');
select throws_ok($$ select api.reschedule_reservation(tests.id('high'), tests.at('12:00'), tests.at('13:00'), tests.id('room')) $$, 'PT403', 'forbidden',
  'nor does a priority move to where members may not give it');

-- No-shows
select tests.be_dba();
select tests.rule('desks', '{"max_no_shows": 2, "no_show_window": "7 days"}');
select tests.clock('08:00');
select tests.reserve(name, 'room', starts, ends, owner => who)
  from (values ('n1', '09:00', '10:00', 'member'), ('n2', '11:00', '12:00', 'member'), ('n3', '12:00', '13:00', 'approver'), ('n4', '13:00', '14:00', 'approver'), ('n5', '14:00', '15:00', 'colleague')) r (name, starts, ends, who);
select tests.clock('16:00');
update booking.reservations set status = 'no_show' where id in (tests.id('n1'), tests.id('n3'), tests.id('n4'), tests.id('n5'));
create function pg_temp.asks(who text, resource text default 'desks') returns text language plpgsql
as $$
begin
  perform tests.be(who);
  return tests.answer(format('select api.create_reservation(tests.id(%L), booking.now() + interval ''1 hour'', booking.now() + interval ''2 hours'')', resource)) ->> 'message';
end
$$;
select is(pg_temp.asks('member'), null, 'one no-show is none too many');
select tests.be_dba();
update booking.reservations set status = 'no_show' where id = tests.id('n2');
truncate before;
insert into before select tests.digest();
select tests.be('member');
select is(tests.answer($$ select api.create_reservation(tests.id('desks'), tests.at('17:00'), tests.at('18:00')) $$), jsonb_build_object(
    'code', 'PT422', 'message', 'suspended', 'hint', 'After 2 no-shows you can make no reservation until 2030-01-14 09:00; ask a manager.',
    'details', jsonb_build_object('limit', 2, 'no_shows', 2, 'until', tests.at('09:00', 7), 'violations', jsonb_build_array(jsonb_build_object('code', 'suspended', 'limit', 2, 'no_shows', 2,
      'until', tests.at('09:00', 7), 'hint', 'After 2 no-shows you can make no reservation until 2030-01-14 09:00; ask a manager.')))),
  'two are: suspended, until the older one lapses');
select is(tests.answer($$ select api.check_reservation_conflict(tests.id('desks'), tests.at('17:00'), tests.at('18:00')) $$),
  tests.answer($$ select api.create_reservation(tests.id('desks'), tests.at('17:00'), tests.at('18:00')) $$), 'the check says so');
select is(array(select v ->> 'code' from jsonb_array_elements(tests.details($$ select api.create_reservation(tests.id('desks'), tests.at('06:00'), tests.at('07:00'), units => 4) $$) -> 'violations') v), '{too_many_units, too_soon, suspended}', 'among whatever else is wrong');
select is(tests.answer(format('select api.create_reservation(tests.id(''desks''), tests.at(''17:00''), tests.at(''18:00''), %L)', status)) ->> 'message', 'suspended', 'not even a ' || status || ' one')
  from unnest('{tentative, held, pencilled}'::text[]) status;
select tests.be_dba();
select tests.reserve('has', 'desks', '18:00', '19:00');
select tests.be('member');
select is(tests.answer($$ select api.check_reservation_conflict(tests.id('desks'), tests.at('18:30'), tests.at('19:30'), exclude_reservation_id => tests.id('has')) $$) ->> 'message',
  tests.answer($$ select api.reschedule_reservation(tests.id('has'), tests.at('18:30'), tests.at('19:30')) $$) ->> 'message', 'of a move the check says what the move does');
select is(tests.answer($$ select api.join_waitlist(tests.id('desks'), tests.at('17:00'), tests.at('18:00')) $$) ->> 'message', 'suspended', 'nor is the waitlist a way round');
select tests.be_dba();
truncate before;
insert into before select tests.digest();
select is(pg_temp.asks('member', 'room'), null, 'elsewhere other rules hold');
select is(pg_temp.asks('colleague'), null, 'a colleague has only one');
select is(pg_temp.asks('approver'), null, 'and an approver is trusted');
select tests.be('manager');
select is(tests.answer($$ select api.create_reservation(tests.id('desks'), tests.at('17:00'), tests.at('18:00'), owner_id => tests.id('member')) $$), '{"rows": 1}', 'a manager books for them');
select tests.be_dba();
select is(tests.digest(), digest, 'none of which changed anything') from before;
select tests.clock('08:59:59.999999', 7);
select is(pg_temp.asks('member'), 'suspended', 'until the last microsecond');
select tests.clock('09:00', 7);
select is(pg_temp.asks('member'), null, 'then no longer');

-- More of them than the limit
select tests.be_dba();
select tests.clock('16:00');
select tests.reserve('n6', 'room', '15:00', '15:30');
update booking.reservations set status = 'no_show' where id = tests.id('n6');
select tests.be('member');
select is(tests.details($$ select api.create_reservation(tests.id('desks'), tests.at('17:00'), tests.at('18:00')) $$) - 'violations', jsonb_build_object('limit', 2, 'no_shows', 3, 'until', tests.at('11:00', 7)),
  'of three, two must lapse');
select tests.clock('10:59:59', 7);
select is(pg_temp.asks('member'), 'suspended', 'one is not enough');
select tests.clock('11:00', 7);
select is(pg_temp.asks('member'), null, 'two are');

-- 30 days, where nothing is set
select tests.be_dba();
update booking.booking_rules set max_no_shows = 3 where resource_id = tests.id('studio');
select tests.clock('08:59:59', 30);
select is(pg_temp.asks('member', 'studio'), 'suspended', 'no-shows count for 30 days');
select tests.clock('09:00', 30);
select is(pg_temp.asks('member', 'studio'), null, 'where nothing else is set');
select tests.be_dba();
select is_empty('select * from booking.verify_invariants()', 'all is in order');

select * from finish();
rollback;
