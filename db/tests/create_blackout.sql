-- api.create_blackout closes resources, all or none; on_conflict says what becomes of the reservations in the way.
begin;
select no_plan();
select tests.world();
select tests.reserve('a', 'room', '09:00', '10:00');
select tests.reserve('in', 'room', '10:00', '11:00', owner => 'colleague');
update booking.reservations set status = 'checked_in' where id = tests.id('in');
select tests.reserve('h', 'room', '11:00', '12:00', 'held');
select tests.reserve('pc', 'room', '12:00', '13:00', 'pencilled');
select tests.reserve('after', 'room', '13:00', '14:00');
select tests.reserve('t', 'room', '09:00', '10:00', 'tentative');
select tests.reserve('p', 'stage', '09:00', '10:00', 'pending');
select tests.reserve('d', 'desks', '09:00', '10:00', units => 2);
select tests.reserve('other', 'theirs', '09:00', '10:00', owner => 'stranger');


-- Refusals
create temp table before as select tests.digest();
create temp table refusals (who text, call text, code text, slug text);
insert into refusals values
  ('member', $$'{studio}', '09:00', '10:00'$$, 'PT403', 'forbidden'),
  ('approver', $$'{studio}', '09:00', '10:00'$$, 'PT403', 'forbidden'),
  ('stranger', $$'{studio}', '09:00', '10:00'$$, 'PT404', 'not_found'),
  ('manager', $$'{theirs}', '09:00', '10:00'$$, 'PT404', 'not_found'),
  ('manager', $$'{studio,theirs}', '09:00', '10:00'$$, 'PT404', 'not_found'),
  ('manager', $$'{studio,nowhere}', '09:00', '10:00'$$, 'PT404', 'not_found'),
  ('manager', $$'{}', '09:00', '10:00'$$, 'PT400', 'invalid_argument'),
  ('manager', $$null, '09:00', '10:00'$$, 'PT400', 'invalid_argument'),
  ('manager', $$'{studio,null}', '09:00', '10:00'$$, 'PT400', 'invalid_argument'),
  ('manager', $$array[array[tests.id('studio')]], '09:00', '10:00'$$, 'PT400', 'invalid_argument'),
  ('manager', $$'{studio}', '10:00', '10:00'$$, 'PT400', 'invalid_time_range'),
  ('manager', $$'{studio}', '10:00', '09:00'$$, 'PT400', 'invalid_time_range'),
  ('manager', $$'{studio}', null, '10:00'$$, 'PT400', 'invalid_time_range'),
  ('manager', $$'{studio}', '09:00', null$$, 'PT400', 'invalid_time_range'),
  ('manager', $$'{studio}', '09:00', timestamptz 'infinity'$$, 'PT400', 'invalid_time_range'),
  ('manager', $$'{studio}', timestamptz '-infinity', '10:00'$$, 'PT400', 'invalid_time_range'),
  ('manager', $$'{studio}', '09:00', timestamptz '10000-01-01 00:00+00'$$, 'PT400', 'invalid_time_range'),
  ('manager', $$'{studio}', '09:00', '10:00', on_conflict => 'ignore'$$, 'PT400', 'invalid_argument'),
  ('manager', $$'{studio}', '09:00', '10:00', on_conflict => null$$, 'PT400', 'invalid_argument'),
  ('manager', $$'{studio}', '09:00', '10:00', kind => 'Big clean'$$, 'PT400', 'invalid_argument'),
  ('manager', $$'{studio}', '09:00', '10:00', kind => ''$$, 'PT400', 'invalid_argument'),
  ('manager', $$'{studio}', '09:00', '10:00', kind => repeat('x', 51)$$, 'PT400', 'invalid_argument'),
  ('manager', $$'{studio}', '09:00', '10:00', kind => null$$, 'PT400', 'invalid_argument'),
  ('manager', $$'{studio}', '09:00', '10:00', reason => repeat('x', 1001)$$, 'PT400', 'invalid_argument'),
  ('manager', $$'{studio}', '09:00', '10:00', rrule => 'FREQ=DAILY'$$, 'PT400', 'invalid_recurrence'),
  ('manager', $$'{studio}', '09:00', '10:00', rrule => ''$$, 'PT400', 'invalid_recurrence'),
  ('manager', $$'{studio}', '09:00', '10:00', rrule => 'FREQ=DAILY;UNTIL=20291231T000000Z'$$, 'PT400', 'invalid_recurrence'),
  ('manager', $$'{studio}', '09:00', '10:00', rrule => 'FREQ=DAILY;COUNT=1001'$$, 'PT422', 'too_many_occurrences'),
  ('manager', $$'{studio,room}', '09:00', '10:00', rrule => 'FREQ=DAILY;COUNT=2'$$, 'PT409', 'slot_taken'),
  ('manager', $$'{room}', '08:30', '09:00:01'$$, 'PT409', 'slot_taken'),
  ('manager', $$'{room}', '10:15', '10:30', on_conflict => 'reject'$$, 'PT409', 'slot_taken'),
  ('manager', $$'{room}', '11:15', '11:30'$$, 'PT409', 'slot_taken'),
  ('manager', $$'{room}', '12:15', '12:30'$$, 'PT409', 'slot_taken'),
  ('manager', $$'{desks}', '09:15', '09:30'$$, 'PT409', 'slot_taken'),
  ('manager', $$'{studio,room}', '09:00', '10:00'$$, 'PT409', 'slot_taken'),
  ('manager', $$'{room,studio}', '09:00', '10:00'$$, 'PT409', 'slot_taken');
update refusals set call = regexp_replace(regexp_replace(call, '''(\d\d:[\d:.]+)''', 'tests.at(\&)', 'g'), '^''({.*})''', 'pg_temp.ids(''\1'')');
create function pg_temp.ids(names text) returns uuid[] language sql
as $$ select case when names is not null then array(select tests.id(n) from unnest(names::text[]) n) end $$;
grant select on before, refusals to public;
select throws_ok(format('select tests.be(%L), api.create_blackout(%s)', who, call), code, slug, format('%s for %s: %s', slug, who, left(call, 70))) from refusals;
select is(tests.digest(), digest, 'nothing of that changed anything') from before;

-- What is in the way is named, once each, whoever's it is.
select tests.be('manager');
create function pg_temp.in_the_way(name text) returns jsonb language sql
as $$
  select jsonb_build_object('resource_id', resource_id, 'starts_at', starts_at, 'ends_at', ends_at, 'kind', 'reservation', 'reservation_id', id, 'title', title)
    from tests.reservation(name)
$$;
select is(tests.details($$ select api.create_blackout(array[tests.id('room'), tests.id('desks'), tests.id('stage')], tests.at('09:30'), tests.at('11:30')) $$) #- '{conflicts,0}' #- '{conflicts,0}',
  jsonb_build_object('conflicts', jsonb_build_array(pg_temp.in_the_way('in'), pg_temp.in_the_way('h'))), 'a refusal names the reservations in the way, earliest first');
select bag_eq($$ select jsonb_array_elements(tests.details('select api.create_blackout(array[tests.id(''room''), tests.id(''desks''), tests.id(''stage'')], tests.at(''09:30''), tests.at(''11:30''))') -> 'conflicts') $$,
  $$ select pg_temp.in_the_way(name) from unnest('{a, in, h, d}'::text[]) name $$, 'those that take time, and each once');

-- Closed
create temp table made as
select api.create_blackout(array[tests.id('studio'), tests.id('closed'), tests.id('studio')], tests.at('09:00'), tests.at('12:00'), 'new carpet', 'closure') as answer;
grant select on made to public;
select is(answer, jsonb_build_object('affected', '[]'::jsonb, 'blackouts',
  (select jsonb_agg(jsonb_build_object('tenant_id', tests.id('acme'), 'id', b.id, 'resource_id', s.id, 'starts_at', tests.at('09:00'), 'ends_at', tests.at('12:00'), 'kind', 'closure', 'reason', 'new carpet',
      'status', 'scheduled', 'on_conflict', 'reject', 'recurrence_id', null, 'created_by', tests.id('manager'), 'lifted_at', null, 'version', 1, 'created_at', tests.at('08:00'), 'updated_at', tests.at('08:00')) order by s.id)
     from unnest(array[tests.id('studio'), tests.id('closed')]) s (id)
     join api.blackouts b on b.resource_id = s.id)), 'the answer has one for each resource') from made;
select set_eq('select to_jsonb(b) from api.blackouts b', $$ select jsonb_array_elements(answer -> 'blackouts') from made $$, 'which is what is then read');
select is(tests.draw('studio') || ' and ' || tests.draw('closed'), '# 09:00-12:00 and # 09:00-12:00', 'each has its time');
select is(tests.events('studio') || tests.events('closed'), '{resource.created, blackout.created, resource.created, blackout.created}', 'one event each');
select is(array[e.actor_id::text, e.reason, e.override::text, e.subject ->> 'kind', e.previous::text], array[tests.id('manager')::text, 'new carpet', 'false', 'closure', '{}'], 'with the actor and the reason')
  from tests.last_event('studio') e;
select is(booking.event_data(tests.last_event('studio')) -> 'blackout' ->> 'id', b ->> 'id', 'and what it is')
  from made, jsonb_array_elements(answer -> 'blackouts') b where b ->> 'resource_id' = tests.id('studio')::text;
select tests.be('member');
select results_eq($$ select kind, title, owner_id, reservation_id, blackout_id, starts_at, ends_at from api.calendar where resource_id = tests.id('studio') $$,
  $$ select 'blackout', 'new carpet'::varchar(1000), null::uuid, null::uuid, (b ->> 'id')::uuid, tests.at('09:00'), tests.at('12:00')
       from made, jsonb_array_elements(answer -> 'blackouts') b where b ->> 'resource_id' = tests.id('studio')::text $$, 'everybody sees why it is closed');
select is(count(*), 2::bigint, 'in the list, too') from api.blackouts;
select tests.be('manager');
select is((api.create_blackout(array[tests.id('studio')], tests.at('07:00'), tests.at('08:00:01'), null) #> '{blackouts,0}') - '{id, created_at, updated_at, tenant_id, resource_id, starts_at, ends_at}'::text[],
  jsonb_build_object('kind', 'maintenance', 'reason', '', 'status', 'active', 'on_conflict', 'reject', 'recurrence_id', null, 'created_by', tests.id('manager'), 'lifted_at', null, 'version', 1), 'it needs no reason, and may have begun');
select is(api.create_blackout(array[tests.id('studio')], tests.at('06:00'), tests.at('07:00')) #>> '{blackouts,0,status}', 'ended', 'or be over');
select is(api.create_blackout(array[tests.id('studio')], tests.at('11:00'), tests.at('13:00'), 'paint') ->> 'affected', '[]', 'blackouts may overlap each other');
select is(tests.draw('studio'), '# 06:00-07:00, # 07:00-08:00, # 09:00-12:00, # 11:00-13:00', 'each with its own claim');

-- Booking into one
create temp table bookings as
select resource, starts, ends, status, reason,
       format('tests.id(%L), tests.at(%L), tests.at(%L)', resource, starts, ends) as arguments
  from (values ('studio', '08:30', '09:30', 'new carpet'), ('studio', '10:00', '11:00', 'new carpet'), ('studio', '12:00', '12:30', 'paint'), ('studio', '11:30', '12:30', 'new carpet'), ('studio', '08:30', '14:00', 'new carpet'),
               ('stage', '11:30', '12:30', 'rig')) as times (resource, starts, ends, reason),
       unnest('{confirmed, tentative, held, pencilled}'::text[]) status;
grant select on bookings to public;
select is(api.create_blackout(array[tests.id('stage')], tests.at('11:00'), tests.at('12:00'), 'rig', 'break') #>> '{blackouts,0,kind}', 'break', 'a kind is a word of one''s own');
select is(a ->> 'code' || (a ->> 'message') || (a #>> '{details,blackout,reason}'), 'PT409blackout' || reason, format('%s: not %s on the %s %s-%s', who, status, resource, starts, ends))
  from unnest('{member, manager}'::text[]) who
 cross join bookings
 cross join lateral tests.answer(format('select tests.be(%L), api.create_reservation(%s, %L)', who, arguments, status)) a;
select tests.be('member');
select is(tests.answer(format('select api.check_reservation_conflict(%s)', arguments)), tests.answer(format('select api.create_reservation(%s)', arguments)), format('the check says so, too: %s %s-%s', resource, starts, ends))
  from bookings where status = 'confirmed';
select is(tests.answer($$ select api.create_reservation(tests.id('stage'), tests.at('11:30'), tests.at('12:30')) $$), jsonb_build_object('code', 'PT409', 'message', 'blackout', 'hint', 'stage is closed 11:00–12:00: rig; next free at 12:00.',
  'details', jsonb_build_object('blackout', (select jsonb_build_object('id', id, 'kind', 'break', 'reason', 'rig', 'starts_at', starts_at, 'ends_at', ends_at) from api.blackouts where kind = 'break'), 'next_free_at', tests.at('12:00'))),
  'the refusal tells which one, of what kind, why, how long and when it is free again');
select tests.be('manager');
select throws_ok($$ select api.create_reservation(tests.id('studio'), tests.at('10:00'), tests.at('11:00'), override => true, reason => 'VIP') $$, 'PT409', 'blackout', 'no override opens it');
select lives_ok($$ select api.create_reservation(tests.id('studio'), tests.at('08:30'), tests.at('09:00')) $$, 'until it begins, the time is free');
select lives_ok($$ select api.create_reservation(tests.id('studio'), tests.at('13:00'), tests.at('14:00')) $$, 'and from its end');

-- cancel
create temp table cancelled as
select api.create_blackout(array[tests.id('room'), tests.id('desks')], tests.at('09:30'), tests.at('12:30'), 'burst pipe', on_conflict => 'cancel') as answer;
select set_eq($$ select jsonb_array_elements_text(answer -> 'affected')::uuid from cancelled $$, array[tests.id('a'), tests.id('in'), tests.id('h'), tests.id('pc'), tests.id('d')], 'whoever is in the way is affected');
select is(array[r.status::text, r.status_reason, r.version::text, tests.claims(name)::text], array['cancelled', 'burst pipe', '2', '{}'], 'cancelled with the blackout''s reason: ' || name)
  from unnest('{a, h, pc, d}'::text[]) name, tests.reservation(name) r;
select is(array[r.status::text, r.status_reason, r.version::text], '{completed, burst pipe, 3}', 'who has checked in is done') from tests.reservation('in') r;
select is(array[e.type, e.actor_id::text, e.reason, e.override::text, e.owner_id::text], array['reservation.cancelled', tests.id('manager')::text, 'burst pipe', 'false', tests.id('member')::text], 'its event has the actor and the reason')
  from tests.last_event('a') e;
select is(tests.events('a')::text || tests.events('d')::text || tests.events('in')::text,
  '{reservation.confirmed,reservation.cancelled}{reservation.confirmed,reservation.cancelled}{reservation.confirmed,reservation.checked_in,reservation.completed}', 'one event each, however many units');
select is(array[(tests.reservation('t')).status, (tests.reservation('after')).status, (tests.reservation('p')).status]::text[], '{tentative, confirmed, pending}', 'whoever takes no time, or begins when it ends, stays');
select is(tests.draw('room') || ' and ' || tests.draw('desks'), '# 09:30-12:30, after 13:00-14:00 and # 09:30-12:30 | # 09:30-12:30 | # 09:30-12:30', 'the whole time is the blackout''s, on every unit');
select is(tests.events('room'), '{resource.created, blackout.created}', 'whose own event is one');
select tests.be('member');
select throws_ok($$ select api.confirm_reservation(tests.id('t')) $$, 'PT409', 'blackout', 'who was tentative is refused once it matters');
select throws_ok($$ select api.reschedule_reservation(tests.id('after'), tests.at('12:00'), tests.at('13:00')) $$, 'PT409', 'blackout', 'nobody moves there');
select throws_ok($$ select api.reschedule_reservation(tests.id('t'), tests.at('10:00'), tests.at('11:00')) $$, 'PT409', 'blackout', 'not even tentatively');
select throws_ok($$ select api.pencil_reservation(tests.id('t')) $$, 'PT409', 'blackout', 'or in pencil');

-- Pending
select tests.be('manager');
select lives_ok($$ select api.create_blackout(array[tests.id('stage')], tests.at('09:00'), tests.at('09:30'), 'tuning') $$, 'a request takes no time, and is in nobody''s way');
select tests.be('approver');
select throws_ok($$ select api.approve_reservation(tests.id('p')) $$, 'PT409', 'blackout', 'a request is not approved into one');
select is((tests.reservation('p')).status::text || tests.events('p')::text, 'pending{reservation.submitted}', 'and stays pending, with no event');
select lives_ok($$ select api.reject_reservation(tests.id('p'), reason => 'closed') $$, 'it can be rejected');
select tests.be_dba();
select tests.reserve('ts', 'stage', '13:00', '14:00', 'tentative');
select tests.reserve('ps', 'stage', '13:00', '14:00', 'pending');
select tests.be('manager');
select isnt(api.create_blackout(array[tests.id('stage')], tests.at('13:30'), tests.at('14:30'), 'tuning'), null, 'nor does what is tentative');
select tests.be('member');
select throws_ok($$ select api.confirm_reservation(tests.id('ts')) $$, 'PT409', 'blackout', 'nor does one become a request');
select throws_ok($$ select api.reschedule_reservation(tests.id('ps'), tests.at('14:00'), tests.at('15:00')) $$, 'PT409', 'blackout', 'and a request is not moved into one');
select is((api.reschedule_reservation(tests.id('ps'), tests.at('12:30'), tests.at('13:30'))).status::text, 'pending', 'but out of it');

-- keep
select tests.be_dba();
select tests.reserve('k', 'room', '15:00', '16:00');
select tests.reserve('k2', 'desks', '14:30', '15:30', units => 2);
select tests.be('manager');
select set_eq($$ select jsonb_array_elements_text(api.create_blackout(array[tests.id('room'), tests.id('desks')], tests.at('14:00'), tests.at('17:00'), 'works', on_conflict => 'keep') -> 'affected')::uuid $$,
  array[tests.id('k'), tests.id('k2')], 'those in the way may stay');
select is(array[(tests.reservation('k')).version, (tests.reservation('k2')).version], '{1, 1}', 'as they are');
select is(tests.draw('room'), '# 09:30-12:30, after 13:00-14:00, # 14:00-15:00, k 15:00-16:00, # 16:00-17:00', 'all other time is the blackout''s');
select is(tests.draw('desks'), '# 09:30-12:30, # 14:00-14:30, k2 14:30-15:30, # 15:30-17:00 | # 09:30-12:30, # 14:00-14:30, k2 14:30-15:30, # 15:30-17:00 | # 09:30-12:30, # 14:00-17:00', 'on every unit');
select throws_ok($$ select api.create_reservation(tests.id('desks'), tests.at('15:00'), tests.at('15:15')) $$, 'PT409', 'blackout', 'a unit that nobody had is closed as well');
select throws_ok($$ select api.create_reservation(tests.id('room'), tests.at('15:00'), tests.at('15:15')) $$, 'PT409', 'blackout', 'whoever asks hears of the blackout, and not of those who stay');
select is(r.status::text || tests.draw('room'), 'cancelled# 09:30-12:30, after 13:00-14:00, # 14:00-17:00', 'once one is cancelled, its time falls to the blackout') from api.cancel_reservation(tests.id('k')) r;

-- Of what is stale, and what is over
select tests.be_dba();
select tests.reserve('stale', 'room', '18:00', '19:00', 'held', expires => '08:00');
select tests.be('manager');
select is(api.create_blackout(array[tests.id('room')], tests.at('18:00'), tests.at('19:00'), 'x', on_conflict => 'cancel') ->> 'affected', '[]', 'a stale hold is in nobody''s way');
select is(array[e.type, e.actor_id::text, e.reason], '{reservation.expired, null, null}', 'it has expired') from tests.last_event('stale') e;
select is(api.create_blackout(array[tests.id('stage')], tests.at('19:00'), tests.at('20:00'), 'cleaning', on_conflict => on_conflict) #>> '{blackouts,0,on_conflict}', on_conflict, 'where nothing is in the way, it is all the same: ' || on_conflict)
  from unnest('{reject, cancel, keep}'::text[]) on_conflict;

-- Again and again: by the wall clock of each resource
select tests.be_dba();
insert into booking.resources (tenant_id, id, name, timezone) values (tests.id('acme'), tests.id('hall'), 'hall', 'Europe/Berlin');
select tests.be('manager');
create temp table weekly as
select api.create_blackout(array[tests.id('hall'), tests.id('stage')], '2030-03-24 01:30+00', '2030-03-24 03:30+00', 'service', rrule => 'FREQ=WEEKLY;COUNT=3') as answer;
select is(jsonb_array_length(answer -> 'blackouts')::text || (answer ->> 'affected'), '6[]', 'each resource has each') from weekly;
select results_eq($$ select starts_at, ends_at from api.blackouts where resource_id = tests.id('hall') order by 1 $$,
  $$ values (timestamptz '2030-03-24 01:30+00', timestamptz '2030-03-24 03:30+00'), ('2030-03-31 01:30+00', '2030-03-31 02:30+00'), ('2030-04-07 00:30+00', '2030-04-07 02:30+00') $$,
  '02:30–04:30 in Berlin; in the night that has no 02:30, later by the jump');
select results_eq($$ select starts_at, ends_at from api.blackouts where resource_id = tests.id('stage') and starts_at >= '2030-02-01' order by 1 $$,
  $$ select timestamptz '2030-03-24 01:30+00' + n * interval '1 week', timestamptz '2030-03-24 03:30+00' + n * interval '1 week' from generate_series(0, 2) n $$, 'always 01:30–03:30 in UTC');
select is(count(distinct recurrence_id), 1::bigint, 'they know each other') from api.blackouts where resource_id in (tests.id('hall'), tests.id('stage')) and starts_at >= '2030-02-01';
select throws_ok($$ select api.create_reservation(tests.id('hall'), '2030-04-07 02:00+00', '2030-04-07 03:00+00') $$, 'PT409', 'blackout', 'the third is closed as the first');
select is(tests.events('hall'), '{resource.created, blackout.created, blackout.created, blackout.created}', 'one event each');

-- In an hour that comes twice, on 31 October 2027 in Berlin: what is given is closed, and the same of the two the next time.
select tests.be_dba();
select results_eq(
  format($$ select l.closes_at, l.opens_at from booking.list_closures(%L, %L, %L, 'Europe/Berlin') l order by 1 $$, starts_at, ends_at, rrule),
  format('select x, y from unnest(%L::timestamptz[], %L::timestamptz[]) u (x, y)', closes, opens), why)
  from (values
    ('2027-10-31 02:30+01', '2027-10-31 03:30+01', 'FREQ=WEEKLY;COUNT=2', '{2027-10-31 02:30+01, 2027-11-07 02:30+01}', '{2027-10-31 03:30+01, 2027-11-07 03:30+01}',
     'it begins in the second pass'),
    ('2027-10-31 02:30+02', '2027-10-31 03:30+01', 'FREQ=WEEKLY;COUNT=2', '{2027-10-31 02:30+02, 2027-11-07 02:30+01}', '{2027-10-31 03:30+01, 2027-11-07 03:30+01}',
     'or in the first'),
    ('2027-10-31 01:30+02', '2027-10-31 02:30+01', 'FREQ=WEEKLY;COUNT=2', '{2027-10-31 01:30+02, 2027-11-07 01:30+01}', '{2027-10-31 02:30+01, 2027-11-07 02:30+01}',
     'it ends in the second'),
    ('2027-10-30 22:00+02', '2027-10-31 02:30+01', 'FREQ=WEEKLY;COUNT=2', '{2027-10-30 22:00+02, 2027-11-06 22:00+01}', '{2027-10-31 02:30+01, 2027-11-07 02:30+01}',
     'and began the day before'),
    ('2027-10-31 02:45+02', '2027-10-31 02:15+01', 'FREQ=DAILY;COUNT=2', '{2027-10-31 02:45+02, 2027-11-01 02:45+01}', '{2027-10-31 02:15+01, 2027-11-01 03:15+01}',
     'it ends at an earlier time than it begins: elsewhere it lasts as long'),
    ('2027-10-31 02:30+02', '2027-10-31 02:30+01', 'FREQ=DAILY;COUNT=2', '{2027-10-31 02:30+02, 2027-11-01 02:30+01}', '{2027-10-31 02:30+01, 2027-11-01 03:30+01}',
     'or at the same'),
    ('2027-10-31 02:30+01', '2027-10-31 02:45+01', 'FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU;COUNT=2', '{2027-10-31 02:30+01, 2028-10-29 02:30+01}', '{2027-10-31 02:45+01, 2028-10-29 02:45+01}',
     'the next time that it comes twice, it is the second again'),
    ('2027-10-24 02:30+02', '2027-10-24 03:30+02', 'FREQ=WEEKLY;COUNT=2', '{2027-10-24 02:30+02, 2027-10-31 02:30+02}', '{2027-10-24 03:30+02, 2027-10-31 03:30+01}',
     'a time that came once means the first of two')
  ) as examples (starts_at, ends_at, rrule, closes, opens, why);
select tests.be('manager');
select is(array[b ->> 'starts_at', b ->> 'ends_at']::timestamptz[], '{2027-10-31 02:30+01, 2027-10-31 03:30+01}', 'so it is closed')
  from jsonb_array_elements(api.create_blackout(array[tests.id('hall')], '2027-10-31 02:30+01', '2027-10-31 03:30+01', rrule => 'FREQ=WEEKLY;COUNT=2') -> 'blackouts') with ordinality t (b, n)
 where n = 1;

select tests.be_dba();
select is_empty('select * from booking.verify_invariants()', 'all is in order');

select * from finish();
rollback;
