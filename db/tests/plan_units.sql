-- A pool takes a request exactly when enough of its units are free at each moment; claims that are not pinned make room on other units.
begin;
select no_plan();
select tests.world();

-- Pools are drawn: a unit between bars, on it whoever has it from hour to hour, # a blackout. What stands there before
-- says its unit: a1:9-11 is on unit 1, A1 pinned there, ~a1 only held, ~~a1 stale; #9-11 closes what is left then.
create function pg_temp.draw() returns text language sql
as $$
  select string_agg(coalesce(taken, ''), ' | ' order by u)
    from booking.resources s
   cross join generate_series(1, s.capacity) u
    left join lateral (
         select string_agg(format('%s%s-%s', coalesce(r.title, '#'), extract(hour from lower(c.during)), extract(hour from upper(c.during))), ' ' order by c.during) as taken
           from booking.claims c
           left join booking.reservations r on r.tenant_id = c.tenant_id and r.id = c.source_id
          where c.tenant_id = s.tenant_id and c.resource_id = s.id and c.unit = u) c on true
   where s.id = tests.id('desks')
$$;
create function pg_temp.stand(standing text) returns void language sql
as $$
  select tests.reserve(s[2], 'desks', s[4] || ':00', s[5] || ':00', case when s[1] = '' then 'confirmed' else 'held' end::booking.reservation_status,
                       unit => s[3]::integer, expires => case s[1] when '~~' then '08:00' end)
    from regexp_matches(standing, '(~*)([a-zA-Z])(\d):(\d+)-(\d+)', 'g') s;
  -- They are there, but not all insist.
  set local session_replication_role = replica;
  update booking.reservations set unit = null where resource_id = tests.id('desks') and title = lower(title);
  set local session_replication_role = origin;
  insert into booking.blackouts (tenant_id, resource_id, starts_at, ends_at, on_conflict)
  select tests.id('acme'), tests.id('desks'), tests.at(s[1] || ':00'), tests.at(s[2] || ':00'), 'keep'
    from regexp_matches(standing, '#(\d+)-(\d+)', 'g') s;
$$;
-- What the pool then looks like, or the refusal; it is undone. A request is 9-11, 9-11x2 for two units, or 9-11@2 for the second.
create function pg_temp.after(capacity integer, standing text, request text) returns text language plpgsql
as $$
declare
  v_request text[] := regexp_match(request, '^(\d+)-(\d+)(?:x(\d+))?(?:@(\d+))?$');
  v_result text;
begin
  update booking.resources set capacity = after.capacity where id = tests.id('desks');
  perform pg_temp.stand(standing);
  begin
    if request like 'capacity %' then
      update booking.resources s set capacity = split_part(request, ' ', 2)::integer where id = tests.id('desks');
    else
      perform tests.reserve('n', 'desks', v_request[1] || ':00', v_request[2] || ':00', units => coalesce(v_request[3], '1')::integer, unit => v_request[4]::integer);
    end if;
    v_result := pg_temp.draw();
  exception
    when others then v_result := sqlerrm;
  end;
  if exists (select from booking.verify_invariants()) then
    v_result := 'broken: ' || v_result;
  end if;
  raise exception using errcode = 'TT000';
exception
  when sqlstate 'TT000' then return v_result;
end
$$;
select is(pg_temp.after(2, 'a1:9-10 B2:10-12 ~c1:15-16 #16-17', '20-21'), 'a9-10 c15-16 #16-17 n20-21 | B10-12 #16-17', 'a pool is drawn like this');

create temp table cases as
select * from (values
    -- As long as a unit is free, nobody moves.
    (2, '', '9-11', 'n9-11 | '),
    (3, '', '9-11x2', 'n9-11 | n9-11 | '),
    (2, 'a1:9-10', '9-11', 'a9-10 | n9-11'),
    (2, 'a1:9-10', '10-11', 'a9-10 n10-11 | '),
    (2, '', '9-11@2', ' | n9-11'),
    -- In use is what counts, at each moment.
    (2, 'a1:9-10 b2:9-10', '9-11', 'slot_taken'),
    (2, 'a1:9-10 b2:9-10', '10-11x2', 'a9-10 n10-11 | b9-10 n10-11'),
    (3, 'a1:9-11 b2:10-12', '9-12x2', 'slot_taken'),
    -- Fragmented: one unit is free all the time, but not one and the same.
    (2, 'a1:9-10 b2:10-11', '9-11', 'a9-10 b10-11 | n9-11'),
    (2, 'a2:9-10 b1:10-11', '9-11', 'n9-11 | a9-10 b10-11'),
    (2, 'a1:9-10 b2:10-11', '9-11x2', 'slot_taken'),
    (3, 'a1:9-10 b2:10-11 c3:11-12', '9-12x2', 'a9-10 b10-11 c11-12 | n9-12 | n9-12'),
    -- It ripples, as far as it must and no further.
    (2, 'a1:9-10 b2:10-12 c1:11-13 d2:12-14 e1:14-15', '9-11', 'a9-10 b10-12 d12-14 e14-15 | n9-11 c11-13'),
    -- Pins stay: others go around them, or nobody does.
    (2, 'A1:9-10 b2:10-11', '9-11', 'A9-10 b10-11 | n9-11'),
    (2, 'a1:9-10 B2:10-11', '9-11', 'n9-11 | a9-10 B10-11'),
    (2, 'a1:8-10 B2:10-11', '9-11', 'n9-11 | a8-10 B10-11'),
    (2, 'A1:9-10 B2:10-11', '9-11', 'slot_taken'),
    (3, 'A1:9-10 B2:10-11', '9-11', 'A9-10 | B10-11 | n9-11'),
    (3, 'A1:9-10 B2:10-11 c3:9-11', '9-11', 'slot_taken'),
    (3, 'a1:8-10 B2:10-12 c2:8-9 D3:9-10 e3:10-13 F1:12-13', '9-11', 'c8-9 n9-11 F12-13 | a8-10 B10-12 | D9-10 e10-13'),
    -- The request may be the pinned one.
    (2, 'a1:9-10 b2:10-11', '9-11@1', 'n9-11 | a9-10 b10-11'),
    (2, 'a1:9-10 b2:10-11', '9-11@2', 'a9-10 b10-11 | n9-11'),
    (2, 'a1:9-10', '9-11@1', 'n9-11 | a9-10'),
    (2, 'a1:8-10', '9-11@1', 'n9-11 | a8-10'),
    (2, 'A1:9-10', '9-11@1', 'slot_taken'),
    (2, 'A1:8-9', '9-11@1', 'A8-9 n9-11 | '),
    -- Held ones make room like the rest; stale ones are not there.
    (2, '~a1:9-10 ~b2:10-11', '9-11', 'a9-10 b10-11 | n9-11'),
    (2, '~~a1:9-10 ~~b2:10-11', '9-11x2', 'n9-11 | n9-11'),
    (2, '~~a1:9-11 b2:9-10 c1:11-12', '9-12', 'n9-12 | b9-10 c11-12'),
    (2, '~~A1:9-11', '9-11@1', 'n9-11 | '),
    -- Blackouts are on every unit, and do not move; nor does what they were told to keep.
    (2, '#9-10', '9-11', 'blackout'),
    (2, '#9-10', '10-11', '#9-10 n10-11 | #9-10'),
    (2, 'a1:9-10 b2:10-11 #11-12', '9-11', 'a9-10 b10-11 #11-12 | n9-11 #11-12'),
    (2, 'a1:9-10 b2:10-12 #11-12', '9-11', 'n9-11 #11-12 | a9-10 b10-12'),
    (2, 'a1:8-10 b2:10-12 #8-9 #11-12', '9-11', 'slot_taken'),
    (2, 'a1:8-9 #8-10', '8-9', 'blackout'),
    -- Capacity follows in the same way.
    (3, 'a1:9-10 b3:10-11', 'capacity 2', 'a9-10 b10-11 | '),
    (3, 'a1:9-10 b2:10-11 c3:9-11', 'capacity 2', 'a9-10 b10-11 | c9-11'),
    (3, 'a1:9-10 B2:10-11 c3:9-11', 'capacity 2', 'c9-11 | a9-10 B10-11'),
    (3, 'a3:9-10 b3:10-11 c3:11-12', 'capacity 1', 'a9-10 b10-11 c11-12'),
    (3, 'a1:9-10 b2:9-10 c3:9-10', 'capacity 2', 'capacity_in_use'),
    (3, 'A1:9-10 B2:10-11 c3:9-11', 'capacity 2', 'capacity_in_use'),
    (3, 'A3:9-10', 'capacity 2', 'capacity_in_use'),
    (3, 'a1:9-10 ~~b2:9-10 ~~C3:9-10', 'capacity 1', 'a9-10'),
    (3, 'a1:9-10 ~b2:9-10', 'capacity 1', 'capacity_in_use'),
    (1, 'a1:9-10', 'capacity 2', 'a9-10 | '),
    (2, '#9-10', 'capacity 3', '#9-10 | #9-10 | #9-10'),
    (3, '#9-10', 'capacity 1', '#9-10'),
    (3, 'a1:9-10 #8-11', 'capacity 2', '#8-9 a9-10 #10-11 | #8-11'),
    (3, 'a3:9-10 #8-11', 'capacity 4', '#8-11 | #8-11 | #8-9 a9-10 #10-11 | #8-11'),
    (3, 'a3:9-10 #8-11', 'capacity 2', '#8-9 a9-10 #10-11 | #8-11'),
    (3, 'a3:9-10 #9-10', 'capacity 2', 'a9-10 | #9-10'),
    (3, 'a1:8-10 b2:9-11 c3:9-10 #8-9', 'capacity 2', 'capacity_in_use')) as cases (capacity, standing, request, drawn);
select is(pg_temp.after(capacity, standing, request), drawn, format('%s into %s: %s', request, coalesce(nullif(standing, ''), 'nothing'), drawn))
  from cases;

-- The check says of each what the booking does.
create function pg_temp.asked(capacity integer, standing text, request text, who text) returns boolean language plpgsql
as $$
declare
  v_request text[] := regexp_match(request, '^(\d+)-(\d+)(?:x(\d+))?$');
  v_arguments text := format('tests.id(''desks''), tests.at(%L), tests.at(%L), units => %s', v_request[1] || ':00', v_request[2] || ':00', coalesce(v_request[3], '1'));
  v_same boolean;
begin
  update booking.resources set capacity = asked.capacity where id = tests.id('desks');
  perform pg_temp.stand(standing);
  perform tests.be(who);
  v_same := tests.answer('select api.check_reservation_conflict(' || v_arguments || ')') = tests.answer('select api.create_reservation(' || v_arguments || ')');
  raise exception using errcode = 'TT000';
exception
  when sqlstate 'TT000' then return v_same;
end
$$;
select ok(pg_temp.asked(capacity, standing, request, who), format('%s asks of %s into %s: the check and the booking answer alike', who, request, coalesce(nullif(standing, ''), 'nothing')))
  from cases, unnest('{colleague, approver}'::text[]) who where request ~ '^\d+-\d+(x\d)?$';

-- Whoever changes units notices nothing.
select tests.reserve('a', 'desks', '09:00', '10:00', 'held');
select tests.reserve('b', 'desks', '09:00', '11:00', units => 2);
select tests.reserve('c', 'desks', '10:00', '11:00');
select tests.reserve('d', 'desks', '11:00', '12:00', 'pencilled', unit => 2);
select tests.reserve('e', 'desks', '11:00', '12:00', units => 2);
update booking.reservations set status = 'cancelled' where id = tests.id('b');
update booking.reservations set units = 1 where id = tests.id('e');
select tests.reserve('f', 'desks', '10:00', '11:00', units => 2);
update booking.reservations set status = 'cancelled' where id = tests.id('c');
select is(pg_temp.draw(), 'a9-10 e11-12 | f10-11 d11-12 | f10-11', 'some stand here');
create temp table before as select id, r.version, r.updated_at, tests.events(r.title) as events, c.expires_at from booking.reservations r left join booking.claims c on c.source_id = r.id where r.title in ('a', 'd', 'e', 'f');
select tests.be('colleague');
select tests.clock('08:10');
select is(tests.answer($$ select api.create_reservation(tests.id('desks'), tests.at('09:00'), tests.at('11:00'), units => 2) $$) ->> 'message', 'slot_taken', 'between ten and eleven only one is left');
select is((api.create_reservation(tests.id('desks'), tests.at('09:00'), tests.at('12:00'), title => 'n')).version, 1, 'for one there is room');
select tests.be_dba();
select is(pg_temp.draw(), 'a9-10 f10-11 e11-12 | f10-11 d11-12 | n9-12', 'once another takes its place');
select set_eq($$ select id, r.version, r.updated_at, tests.events(r.title) as events, c.expires_at from booking.reservations r left join booking.claims c on c.source_id = r.id where r.title in ('a', 'd', 'e', 'f') $$,
  'table before', 'which is no change of it: no version, no event, no other expiry');

-- Moving and growing ask in the same way.
update booking.reservations set starts_at = tests.at('09:00'), ends_at = tests.at('10:00'), units = 2 where title = 'n';
select is(pg_temp.draw(), 'a9-10 f10-11 e11-12 | n9-10 f10-11 d11-12 | n9-10', 'what shrinks in time may grow in units');
select throws_ok($$ update booking.reservations set ends_at = tests.at('10:30') where title = 'n' $$, 'PT409', 'slot_taken', 'but not in both');
update booking.reservations set units = 1, ends_at = tests.at('11:00') where title = 'n';
select is(pg_temp.draw(), 'a9-10 f10-11 e11-12 | f10-11 d11-12 | n9-11', 'its own units are not in its way');
select is_empty('select * from booking.verify_invariants()', 'all is in order');

-- What stands against a capacity, and when
create function pg_temp.against(name text[], starts text, ends text) returns jsonb language sql
as $$ select jsonb_build_object('reservation_ids', array(select tests.id(n) from unnest(name) n), 'starts_at', tests.at(starts), 'ends_at', tests.at(ends)) $$;
select tests.be('manager');
create temp table digest as select tests.digest();
select is(tests.answer($$ update api.resources set capacity = 1 where id = tests.id('desks') $$) - 'details' - 'hint', '{"code": "PT409", "message": "capacity_in_use"}', 'units in use cannot be taken away');
select is(tests.details($$ update api.resources set capacity = 1 where id = tests.id('desks') $$) -> 'resource_id', to_jsonb(tests.id('desks')), 'the details name the resource');
select is(tests.details($$ update api.resources set capacity = 1 where id = tests.id('desks') $$) #> '{conflicts,0}' ->> 'starts_at', to_jsonb(tests.at('09:00')) #>> '{}', 'and the times, earliest first');
select is(tests.digest(), digest, 'none of which changed anything') from digest;
select tests.be_dba();
update booking.reservations set status = 'cancelled' where title <> 'd' and status = 'confirmed';
select tests.be('manager');
select is(tests.details($$ update api.resources set capacity = 1 where id = tests.id('desks') $$) -> 'conflicts', jsonb_build_array(pg_temp.against('{d}', '11:00', '12:00')),
  'a pinned one stands against it on its own');
select lives_ok($$ update api.resources set capacity = 2 where id = tests.id('desks') $$, 'but only against the loss of its unit');
select is(tests.events('desks'), '{resource.created, resource.updated}', 'one change, one event');

-- The peak is in use at once, not over time.
select tests.be_dba();
select is(booking.peak_use(booking.find_resource(tests.id('acme'), tests.id('desks')), tstzrange(tests.at(starts), tests.at(ends))), peak, format('%s-%s: at most %s', starts, ends, peak))
  from (values ('08:00', '12:00', 1::bigint), ('10:00', '11:00', 0), ('11:59', '13:00', 1), ('12:00', '13:00', 0)) as ranges (starts, ends, peak);
select is_empty('select * from booking.verify_invariants()', 'all is in order');

select * from finish();
rollback;
