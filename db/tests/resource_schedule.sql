-- api.resource_schedule(): a day as a frontend draws it.
begin;
select no_plan();
select tests.world();
select tests.rule('room', '{"buffer_after": "15 minutes"}');
select tests.hours('room', '{1}', '08:00', '20:00');
select tests.reserve('a', 'room', '09:00', '10:00', owner => 'colleague');
select tests.reserve('b', 'room', '11:00', '12:00');
select tests.reserve('t', 'room', '12:30', '13:00', 'tentative');
select tests.reserve('h', 'room', '14:00', '15:00', 'held', expires => '08:00');
select tests.close('c', 'room', '18:00', '22:00');
select tests.reserve('d', 'desks', '09:00', '11:00', units => 2);
select tests.reserve('e', 'desks', '10:00', '12:00', owner => 'colleague');
select tests.close('k', 'desks', '11:30', '13:00', 'keep');

create function pg_temp.drawn(resource text, starts text, ends text) returns text language sql
as $$
  select string_agg(format('%s %s %s+%s%s', to_char(s.starts_at, 'HH24:MI'), s.kind, s.units_used, s.units_free, ' ' || s.title), ', ' order by s.ordinality)
    from api.resource_schedule(tests.id(resource), tests.at(starts), tests.at(ends)) with ordinality s
$$;
select tests.be('member');
select is(pg_temp.drawn('room', '07:00', '21:00'),
  '07:00 closed 0+0, 08:00 free 0+1, 09:00 busy 1+0, 10:15 free 0+1, 11:00 busy 1+0 b, 12:15 free 0+1, 18:00 blackout 0+0 works',
  'free, busy with its buffer, closed and blackout; one''s own title, and no other''s; what takes no time is not there');
select is(pg_temp.drawn('desks', '08:00', '14:00'),
  '08:00 free 0+3, 09:00 free 2+1 d, 10:00 busy 3+0, 11:00 free 1+2, 11:30 blackout 1+0 works, 12:00 blackout 0+0 works, 13:00 free 0+3', 'of a pool, how many are used and left');
select is((select array_agg(s.reservations::text order by s.starts_at) from api.resource_schedule(tests.id('desks'), tests.at('09:30'), tests.at('11:15')) s),
  array[format('[{"title": "d", "units": 2, "status": "confirmed", "reservation_id": "%s"}]', tests.id('d')), format('[{"title": "d", "units": 2, "status": "confirmed", "reservation_id": "%s"}]', tests.id('d')), '[]'], 'those that one may see');
select is((select array[s.reservation_id::text, s.status::text, s.blackout_id::text] from api.resource_schedule(tests.id('room'), tests.at('11:00'), tests.at('11:30')) s), array[tests.id('b')::text, 'confirmed', null], 'whose it is');
select is((select array[s.reservation_id::text, s.blackout_id::text, s.blackout_kind] from api.resource_schedule(tests.id('room'), tests.at('18:00'), tests.at('19:00')) s), array[null, tests.id('c')::text, 'maintenance'], 'and what a blackout is');
select is((select array[s.title, s.reservation_id::text, s.status::text] from api.resource_schedule(tests.id('room'), tests.at('09:00'), tests.at('09:30')) s), '{NULL,NULL,NULL}'::text[], 'of others'' nothing');
select is(pg_temp.drawn('studio', '07:00', '21:00'), '07:00 free 0+1', 'nothing is one stretch');
select is(array(select row(s.starts_at, s.ends_at)::text from api.resource_schedule(tests.id('room'), tests.at('09:30'), tests.at('10:30')) s),
  array[row(tests.at('09:30'), tests.at('10:15'))::text, row(tests.at('10:15'), tests.at('10:30'))::text], 'just the range, and all of it');
select tests.be('approver');
select is(pg_temp.drawn('room', '09:00', '10:00'), '09:00 busy 1+0 a', 'an approver sees whose');
select is((select jsonb_array_length(s.reservations) from api.resource_schedule(tests.id('desks'), tests.at('10:00'), tests.at('11:00')) s), 2, 'of a pool all');

-- The calendar has what colours it.
select tests.be('member');
select is(array(select distinct concat_ws(' ', c.kind, c.blackout_kind, c.status) from api.calendar c order by 1), '{"blackout maintenance",reservation,"reservation confirmed"}', 'the calendar''s kinds');

-- Who asks how
select is(tests.answer(format('select api.resource_schedule(%s)', arguments)) ->> 'message', slug, format('%s: %s', slug, arguments))
  from (values ('tests.id(''room''), tests.at(''10:00''), tests.at(''10:00'')', 'invalid_time_range'), ('tests.id(''room''), null, tests.at(''10:00'')', 'invalid_time_range'), ('tests.id(''room''), tests.at(''10:00''), tests.at(''10:00'', 367)', 'invalid_argument'),
               ('tests.id(''theirs''), tests.at(''10:00''), tests.at(''11:00'')', 'not_found'), ('null, tests.at(''10:00''), tests.at(''11:00'')', 'not_found')) as bad (arguments, slug);
select tests.be('stranger');
select is(pg_temp.drawn('theirs', '10:00', '11:00'), '10:00 free 0+1', 'a stranger sees their own');
select is(tests.answer($$ select api.resource_schedule(tests.id('room'), tests.at('10:00'), tests.at('11:00')) $$) ->> 'message', 'not_found', 'and not ours');
select tests.be_nobody();
select throws_ok($$ select api.resource_schedule(tests.id('room'), tests.at('10:00'), tests.at('11:00')) $$, '42501', null, 'nobody sees nothing');

select * from finish();
rollback;
