-- api.availability_as_of: what was in the way then.
begin;
select no_plan();
select tests.world();

-- On the room, 09:00 to 11:00: what somebody is told of an instant.
create function pg_temp.told(who text, clock text, resource text default 'room', units integer default 1, starts text default '09:00', ends text default '11:00') returns text language plpgsql
as $$
declare v_told jsonb;
begin
  perform tests.be(who);
  v_told := api.availability_as_of(tests.id(resource), tests.at(starts), tests.at(ends), tests.at(clock), units);
  return case when v_told -> 'available' = 'true' and v_told -> 'conflicts' = '[]' then 'free' when v_told -> 'available' = 'false' then 'taken' else 'BUT ' end
      || coalesce((select string_agg(format(' %s %s-%s', coalesce(c ->> 'title', c ->> 'reason', c ->> 'kind'), to_char((c ->> 'starts_at')::timestamptz, 'HH24:MI'), to_char((c ->> 'ends_at')::timestamptz, 'HH24:MI')), ',' order by n)
                     from jsonb_array_elements(v_told -> 'conflicts') with ordinality as t (c, n)), '');
end
$$;

-- A day's doings: each step at its time.
create temp table steps (clock text, step text);
insert into steps values
  ('08:00', 'perform tests.be(''member''), api.create_reservation(tests.id(''room''), tests.at(''09:00''), tests.at(''10:00''), ''held'', id => tests.id(''a''), title => ''A'')'),
  ('08:10', 'perform tests.be(''member''), api.reschedule_reservation(tests.id(''a''), tests.at(''10:30''), tests.at(''11:30''))'),
  ('08:20', 'perform tests.be(''member''), api.confirm_reservation(tests.id(''a''))'),
  ('08:30', 'perform tests.be(''member''), api.reschedule_reservation(tests.id(''a''), tests.at(''10:30''), tests.at(''11:30''), tests.id(''studio''))'),
  ('08:40', 'perform tests.be(''manager''), api.create_blackout(array[tests.id(''room'')], tests.at(''08:45''), tests.at(''09:30''), ''paint'')'),
  ('08:50', 'perform tests.be_dba(); update booking.blackouts set starts_at = tests.at(''10:00''), ends_at = tests.at(''12:00'')'),
  ('09:00', 'perform tests.be_dba(); update booking.blackouts set lifted_at = booking.now()'),
  ('09:10', 'perform tests.be(''colleague''), api.create_reservation(tests.id(''room''), tests.at(''10:00''), tests.at(''11:00''), id => tests.id(''b''), title => ''B'')'),
  ('09:20', 'perform tests.be_dba(); delete from booking.reservations where id = tests.id(''b'')'),
  ('09:30', 'perform tests.be(''member''), api.create_reservation(tests.id(''room''), tests.at(''10:00''), tests.at(''11:00''), ''held'', id => tests.id(''c''), title => ''C'')'),
  ('10:05', 'perform tests.be(''colleague''), api.create_reservation(tests.id(''room''), tests.at(''10:10''), tests.at(''11:00''), id => tests.id(''d''), title => ''D'')'),
  ('10:15', 'perform tests.be_dba(); delete from booking.blackouts; perform tests.close(''e'', ''room'', ''09:00'', ''09:30'', ''reject'', ''late''); delete from booking.blackouts where id = tests.id(''e'')');
do $$
declare s steps;
begin
  for s in select * from steps order by clock loop
    perform tests.clock(s.clock);
    execute format('do %L', 'begin ' || s.step || '; end');
  end loop;
  perform tests.be_dba();
end $$;
select is(pg_temp.told('approver', clock), told, clock || ' ' || told)
  from (values ('07:59', 'free'), ('08:00', 'taken A 09:00-10:00'), ('08:05', 'taken A 09:00-10:00'), ('08:10', 'taken A 10:30-11:30'), ('08:25', 'taken A 10:30-11:30'), ('08:30', 'free'), ('08:39', 'free'),
               ('08:40', 'taken paint 08:45-09:30'), ('08:50', 'taken paint 10:00-12:00'), ('09:00', 'free'), ('09:15', 'taken B 10:00-11:00'), ('09:20', 'free'), ('09:30', 'taken C 10:00-11:00'), ('09:59', 'taken C 10:00-11:00'),
               ('10:00', 'free'), ('10:04', 'free'), ('10:05', 'taken D 10:10-11:00'), ('23:00', 'taken D 10:10-11:00')) as instants (clock, told);
select is(pg_temp.told('approver', '08:30', 'studio'), 'taken A 10:30-11:30', 'where it has gone');
select is(pg_temp.told('approver', '08:29', 'studio'), 'free', 'and not before');
select is(pg_temp.told('approver', '08:00', 'room', 1, '10:00', '11:00'), 'free', 'next to it');

-- Whose it is, for their eyes
select is(pg_temp.told('member', '08:00'), 'taken A 09:00-10:00', 'its owner sees what it is');
select is(pg_temp.told('colleague', '08:00'), 'taken reservation 09:00-10:00', 'others only that it was taken');
select is(pg_temp.told('member', '08:40'), 'taken paint 08:45-09:30', 'everybody sees why it was closed');
select tests.be('colleague');
select is(api.availability_as_of(tests.id('room'), tests.at('09:00'), tests.at('11:00'), tests.at('08:00')),
  jsonb_build_object('available', false, 'capacity', 1, 'conflicts', jsonb_build_array(jsonb_build_object('resource_id', tests.id('room'), 'kind', 'reservation', 'starts_at', tests.at('09:00'), 'ends_at', tests.at('10:00')))), 'as slot_taken tells it');

-- Pools, capacity and statuses of then, buffers
select tests.be_dba();
select tests.clock('12:00');
select tests.reserve('p', 'desks', '14:00', '15:00', units => 2), tests.reserve('q', 'desks', '15:00', '16:00', 'pending');
select tests.clock('12:10');
update booking.resources set capacity = 2 where id = tests.id('desks');
select tests.clock('12:20');
update booking.resources set blocking_statuses = blocking_statuses || '{pending}' where id = tests.id('desks');
select tests.clock('12:30');
select tests.rule('desks', '{"buffer_after": "15 minutes"}');
update booking.resources set capacity = 5 where id = tests.id('desks');
select tests.be('manager');
select is(pg_temp.told('manager', clock, 'desks', units, starts, ends), told, format('%s: %s desks from %s: %s', clock, units, starts, told))
  from (values ('12:05', 1, '14:00', '16:00', 'free'), ('12:05', 2, '14:00', '16:00', 'taken p 14:00-15:00'), ('12:05', 3, '15:00', '16:00', 'free'), ('12:15', 1, '14:00', '14:30', 'taken p 14:00-15:00'),
               ('12:15', 2, '15:00', '16:00', 'free'), ('12:25', 2, '15:00', '16:00', 'taken q 15:00-16:00'), ('12:35', 3, '14:00', '15:00', 'free'), ('12:35', 4, '14:00', '15:00', 'taken p 14:00-15:00, q 15:00-16:00'),
               ('12:35', 6, '18:00', '19:00', 'taken'), ('12:05', 3, '13:00', '13:45', 'free'), ('12:05', 3, '13:00', '13:46', 'taken p 14:00-15:00')) as requests (clock, units, starts, ends, told);
select tests.be_dba();
select tests.clock('12:40');
select tests.reserve('pinned', 'desks', '20:00', '21:00', unit => 1), tests.reserve('pinned too', 'desks', '21:30', '22:00', unit => 2);
select is(pg_temp.told('manager', '12:45', 'desks', 4, '20:00', '22:00'), 'taken pinned 20:00-21:15, pinned too 21:30-22:15', 'what is pinned makes no room');
select is(pg_temp.told('manager', '12:45', 'desks', 3, '20:00', '22:00'), 'free', 'beside them there is some');

-- What it refuses
select tests.be('member');
select throws_ok('select api.availability_as_of(' || arguments || ')', code, slug, arguments)
  from (values ('null, tests.at(''09:00''), tests.at(''10:00''), now()', 'PT404', 'not_found'), ('tests.id(''theirs''), tests.at(''09:00''), tests.at(''10:00''), now()', 'PT404', 'not_found'),
               ('tests.id(''room''), tests.at(''10:00''), tests.at(''10:00''), now()', 'PT400', 'invalid_time_range'), ('tests.id(''room''), tests.at(''09:00''), tests.at(''10:00''), null', 'PT400', 'invalid_argument'),
               ('tests.id(''room''), tests.at(''09:00''), tests.at(''10:00''), now(), 0', 'PT400', 'invalid_argument')) as calls (arguments, code, slug);
select lives_ok('select api.availability_as_of(tests.id(''room''), tests.at(''09:00''), tests.at(''10:00''), ''infinity'')', 'any instant will do');
select lives_ok('select api.availability_as_of(tests.id(''room''), tests.at(''09:00''), tests.at(''10:00''), ''-infinity'')', 'even that one');

select * from finish();
rollback;
