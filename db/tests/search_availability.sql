-- api.search_availability(): what create_reservation would accept, best fit first.
begin;
select no_plan();
select tests.world();
update booking.resources set seats = 8, tags = '{screen,piano}' where id = tests.id('room');
update booking.resources set seats = 4, tags = '{piano}', kind = 'studio' where id = tests.id('studio');
update booking.resources set kind = 'desk' where id = tests.id('desks');

create function pg_temp.names(starts text, ends text, duration interval default null, kind text default null, tags text[] default null, min_seats integer default null, units integer default 1, most integer default 50) returns text[] language sql
as $$ select coalesce(array_agg(f.name order by f.ordinality), '{}') from api.search_availability(tests.at(starts), tests.at(ends), duration, kind, tags, min_seats, units, null, most) with ordinality f $$;

select tests.be('member');
-- Which
select is(pg_temp.names('09:00', '10:00'), '{studio,room,stage,desks}', 'all that is free; the fewest seats first, those without any last, then the smallest; none that is closed');
select is(pg_temp.names('09:00', '10:00', kind => 'room'), '{room,stage}', 'of a kind');
select is(pg_temp.names('09:00', '10:00', tags => '{piano}'), '{studio,room}', 'with a tag');
select is(pg_temp.names('09:00', '10:00', tags => '{piano,screen}'), '{room}', 'with all tags');
select is(pg_temp.names('09:00', '10:00', min_seats => 5), '{room}', 'with seats enough');
select is(pg_temp.names('09:00', '10:00', units => 3), '{desks}', 'with units enough');
select is(pg_temp.names('09:00', '10:00', most => 2), '{studio,room}', 'the best of them');
select is(array(select f.name from api.search_availability(tests.at('09:00'), tests.at('10:00'), resource_ids => array[tests.id('room'), tests.id('theirs'), tests.id('nowhere')]) f), '{room}', 'among those named, and none of others''');
select is(pg_temp.names('09:00', '10:00', kind => 'ship'), '{}', 'none is none');
select is((select array[f.kind, f.timezone, f.capacity::text, f.seats::text, f.tags::text, f.requires_approval::text] from api.search_availability(tests.at('09:00'), tests.at('10:00'), kind => 'studio') f),
  '{studio,UTC,1,4,"{piano}",false}', 'with what one wants to know of it');

-- When
select tests.reserve('a', 'room', '09:00', '10:00', owner => 'colleague');
select tests.reserve('b', 'room', '12:00', '12:30', 'held', expires => '09:00');
select tests.reserve('d', 'desks', '09:00', '11:00', units => 2);
select tests.reserve('t', 'studio', '09:00', '17:00', 'tentative');
select tests.close('c', 'studio', '13:00', '14:00');
create function pg_temp.free(resource text, starts text, ends text, duration interval default null, units integer default 1) returns text language sql
as $$
  select format('%s: %s', f.free_units, (select string_agg(to_char((r ->> 'starts_at')::timestamptz, 'HH24:MI') || '-' || to_char((r ->> 'ends_at')::timestamptz, 'HH24:MI'), ' ' order by r ->> 'starts_at')
                                           from jsonb_array_elements(f.free_ranges) r))
    from api.search_availability(tests.at(starts), tests.at(ends), duration, units => units, resource_ids => array[tests.id(resource)]) f
$$;
select is(pg_temp.free('room', '09:59', '11:00'), null, 'what is taken in part is not free');
select is(pg_temp.free('room', '10:00', '12:00'), '1: 10:00-12:00', 'between two it is');
select is(pg_temp.free('room', '08:00', '14:00', '1 hour'), '1: 08:00-09:00 10:00-12:00 12:30-14:00', 'each stretch that is long enough');
select is(pg_temp.free('room', '08:30', '12:59', '1 hour'), '1: 10:00-12:00', 'and none that is not');
select is(pg_temp.free('room', '08:00', '14:00', '2 hours'), '1: 10:00-12:00', 'just so long');
select is(pg_temp.free('room', '08:00', '12:00', '2 hours 1 second'), null, 'and a second longer');
select is(pg_temp.free('studio', '08:00', '15:00', '1 hour'), '1: 08:00-13:00 14:00-15:00', 'blackouts are in the way, tentative requests are not');
select is(pg_temp.free('desks', '08:00', '12:00', '1 hour'), '3: 08:00-12:00', 'a pool: one is free all the time, and all three at some');
select is(pg_temp.free('desks', '09:30', '10:30'), '1: 09:30-10:30', 'one is left');
select is(pg_temp.free('desks', '08:00', '12:00', '1 hour', 2), '3: 08:00-09:00 11:00-12:00', 'two only then');
select tests.clock('09:00');
select is(pg_temp.free('room', '08:00', '14:00', '1 hour'), '1: 10:00-14:00', 'a hold is gone when it expires');
select is(pg_temp.free('room', '08:30', '10:00', '30 minutes'), null, 'nothing that is over');
select is(pg_temp.free('studio', '08:00', '10:00', '1 hour'), '1: 09:00-10:00', 'from now on');
select is(pg_temp.free('studio', '08:00', '09:30', '1 hour'), '1: 08:00-09:30', 'or, if that is all, what has begun and is not over');
select tests.clock('08:00');

-- What is left out could not be booked, what is offered can: with the very rules of the one who asks.
create function pg_temp.agrees(who text, resource text, starts text, ends text) returns text language plpgsql
as $$
declare v_offered boolean; v_booked boolean;
begin
  perform tests.be(who);
  v_offered := pg_temp.free(resource, starts, ends) is not null;
  v_booked := tests.answer(format('select api.create_reservation(tests.id(%L), tests.at(%L), tests.at(%L))', resource, starts, ends)) ->> 'code' is null;
  return case when v_offered = v_booked then case when v_offered then 'free' else 'not free' end else format('offered: %s, booked: %s', v_offered, v_booked) end;
end
$$;
create function pg_temp.ruled(rules jsonb, resource text, starts text, ends text, who text default 'member') returns text language plpgsql
as $$
declare v_answer text;
begin
  perform tests.be_dba();
  perform tests.rule(null, rules);
  v_answer := pg_temp.agrees(who, resource, starts, ends);
  perform tests.be_dba();
  delete from booking.booking_rules;
  return v_answer;
end
$$;
select is(pg_temp.ruled(rules::jsonb, resource, starts, ends), answer, format('%s, %s %s-%s: %s', rules, resource, starts, ends, answer))
  from (values
    ('{"min_duration": "1 hour"}', 'studio', '10:00', '11:00', 'free'), ('{"min_duration": "61 minutes"}', 'studio', '10:00', '11:00', 'not free'),
    ('{"max_duration": "1 hour"}', 'studio', '10:00', '11:00', 'free'), ('{"max_duration": "59 minutes"}', 'studio', '10:00', '11:00', 'not free'),
    ('{"slot_step": "30 minutes"}', 'studio', '10:30', '11:00', 'free'), ('{"slot_step": "1 hour"}', 'studio', '10:30', '11:30', 'not free'),
    ('{"min_notice": "2 hours"}', 'studio', '10:00', '11:00', 'free'), ('{"min_notice": "121 minutes"}', 'studio', '10:00', '11:00', 'not free'),
    ('{"max_advance": "2 hours"}', 'studio', '10:00', '11:00', 'free'), ('{"max_advance": "119 minutes"}', 'studio', '10:00', '11:00', 'not free'),
    ('{"min_notice": "2 hours", "max_advance": "1 hour"}', 'studio', '10:00', '11:00', 'not free'), ('{"max_priority": -1}', 'studio', '10:00', '11:00', 'not free'),
    ('{"buffer_before": "1 hour"}', 'room', '11:00', '12:00', 'free'), ('{"buffer_before": "61 minutes"}', 'room', '11:00', '12:00', 'not free'),
    ('{"buffer_after": "1 hour"}', 'room', '10:00', '11:00', 'free'), ('{"buffer_after": "61 minutes"}', 'room', '10:00', '11:00', 'not free'),
    ('{"buffer_after": "1 hour"}', 'studio', '12:00', '13:00', 'not free'),
    ('{"max_per_day": 2}', 'studio', '10:00', '11:00', 'not free'), ('{"max_per_day": 3}', 'studio', '10:00', '11:00', 'free'),
    ('{"max_per_week": 2}', 'studio', '10:00', '11:00', 'not free'), ('{"max_hours_per_week": 3.4}', 'studio', '10:00', '11:00', 'not free'), ('{"max_hours_per_week": 3.5}', 'studio', '10:00', '11:00', 'free'))
    as ruled (rules, resource, starts, ends, answer);
-- Within a range, the part that the quota leaves.
select tests.be_dba();
select tests.rule(null, '{"max_per_day": 1}');
select tests.be('member');
select is((select f.free_ranges -> 0 from api.search_availability(tests.at('10:00'), tests.at('10:00', 2), '1 hour', resource_ids => array[tests.id('studio')]) f),
  jsonb_build_object('starts_at', tests.at('00:00', 1), 'ends_at', tests.at('10:00', 2)), 'from tomorrow on');
select tests.be('colleague');
select is(pg_temp.free('studio', '10:00', '12:00', '1 hour'), null, 'each by their own');
select tests.be_dba();
delete from booking.booking_rules;
select tests.hours('studio', '{1}', '10:00', '12:00');
select is(pg_temp.agrees('member', 'studio', '10:00', '12:00'), 'free', 'when it is open');
select is(pg_temp.agrees('member', 'studio', '11:00', '12:01'), 'not free', 'and not when it is not');
select tests.be('member');
select is(pg_temp.free('studio', '08:00', '18:00', '1 hour'), '1: 10:00-12:00', 'opening hours cut');
select tests.be_dba();
select tests.rule('studio', '{"slot_step": "45 minutes"}');
select tests.be('member');
select is(pg_temp.free('studio', '08:00', '18:00', '45 minutes'), '1: 10:30-12:00', 'and so does the grid');
select is(pg_temp.free('studio', '08:00', '18:00', '1 hour'), null, 'onto which it must fit');
select tests.be_dba();
select tests.reserve('n', 'room', '06:00', '07:00');
update booking.reservations set status = 'no_show' where id = tests.id('n');
select is(pg_temp.ruled('{"max_no_shows": 1}', 'room', '15:00', '16:00'), 'not free', 'the suspended find nothing');
select is(pg_temp.ruled('{"max_no_shows": 1}', 'room', '15:00', '16:00', 'manager'), 'free', 'others do');
-- Where approval is required, what is taken can be asked for, but is not free.
select tests.reserve('s', 'stage', '09:00', '10:00');
select tests.be('member');
select is(pg_temp.free('stage', '09:00', '10:00'), null, 'taken');
select is(pg_temp.free('stage', '10:00', '11:00'), '1: 10:00-11:00', 'free, though it will wait');

-- What yields is free, and what has expired is theirs who wait for it.
select tests.be_dba();
delete from booking.reservations where resource_id = tests.id('studio');
delete from booking.booking_rules;
delete from booking.opening_hours;
select tests.reserve('y', 'studio', '15:00', '16:00', 'held', owner => 'colleague', priority => -1, expires => '12:00');
select is(pg_temp.agrees('member', 'studio', '15:00', '16:00'), 'not free', 'a hold of low priority, where nobody yields');
select is(pg_temp.ruled('{"allow_preemption": true, "max_priority": 9}', 'studio', '15:00', '16:00'), 'free', 'and where they do');
select tests.reserve('z', 'studio', '17:00', '18:00', 'held', owner => 'colleague', expires => '08:00');
select is((pg_temp.free('studio', '16:00', '20:00', '1 hour')), '1: 16:00-20:00', 'what has expired is free')
  from (select tests.be('member')) x;
select tests.be_dba();
insert into booking.waitlist_entries (tenant_id, resource_id, owner_id, starts_at, ends_at, expires_at, status)
values (tests.id('acme'), tests.id('studio'), tests.id('colleague'), tests.at('17:30'), tests.at('18:30'), tests.at('18:00'), 'waiting');
select tests.be('member');
select is((pg_temp.free('studio', '16:00', '20:00', '1 hour')), '1: 16:00-17:30 18:00-20:00', 'unless somebody waits for it: whatever would clear it away would find it theirs');
select is(pg_temp.agrees('member', 'studio', starts, ends), answer, format('%s-%s: %s', starts, ends, answer))
  from (values ('17:00', '18:00', 'not free'), ('16:00', '17:00', 'free'), ('18:00', '19:00', 'free'), ('17:00', '17:30', 'free')) as asked (starts, ends, answer);

-- Who asks how
select is(tests.answer(format('select api.search_availability(%s)', arguments)) ->> 'message', slug, format('%s: %s', slug, arguments))
  from (values ('tests.at(''10:00''), tests.at(''09:00'')', 'invalid_time_range'), ('tests.at(''09:00''), null', 'invalid_time_range'), ('''-infinity'', tests.at(''09:00'')', 'invalid_time_range'),
               ('tests.at(''09:00''), tests.at(''09:00'', 367), ''1 hour''', 'invalid_argument'), ('tests.at(''09:00''), tests.at(''10:00''), ''0''', 'invalid_argument'), ('tests.at(''09:00''), tests.at(''10:00''), ''-1 hour''', 'invalid_argument'),
               ('tests.at(''09:00''), tests.at(''10:00''), ''61 minutes''', 'invalid_argument'), ('tests.at(''09:00''), tests.at(''10:00''), units => 0', 'invalid_argument'), ('tests.at(''09:00''), tests.at(''10:00''), units => null', 'invalid_argument'),
               ('tests.at(''09:00''), tests.at(''10:00''), max_results => 0', 'invalid_argument'), ('tests.at(''09:00''), tests.at(''10:00''), max_results => 1001', 'invalid_argument'), ('tests.at(''09:00''), tests.at(''10:00''), max_results => null', 'invalid_argument')) as bad (arguments, slug);
select is(pg_temp.names('09:00', '10:00', units => 2147483647), '{}', 'no more units than there are');
select tests.be('stranger');
select is(pg_temp.names('09:00', '10:00'), '{theirs}', 'a stranger finds their own');
select tests.be('stranger', 'acme');
select throws_ok($$ select api.search_availability(tests.at('09:00'), tests.at('10:00')) $$, 'PT403', 'forbidden', 'and nothing where they are no member');
select tests.be_nobody();
select throws_ok($$ select api.search_availability(tests.at('09:00'), tests.at('10:00')) $$, '42501', null, 'nobody finds nothing');

select * from finish();
rollback;
