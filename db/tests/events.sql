-- One change, one event, which says who, when, why and what it was before.
begin;
select no_plan();
select tests.world();

create function pg_temp.data(name text) returns jsonb language sql as $$ select booking.event_data(tests.last_event(name)) $$;

-- Through the api
select tests.be('member');
create temp table made as select (api.create_reservation(tests.id('room'), tests.at('09:00'), tests.at('10:00'), id => tests.id('a'), title => 'A', notes => 'private', reason => 'why')).version;
select is(tests.events('a'), '{reservation.confirmed}', 'made confirmed: confirmed alone');
select is((tests.last_event('a')).actor_id, tests.id('member'), 'by whom');
select is((tests.last_event('a')).occurred_at, tests.at('08:00'), 'when');
select is((tests.last_event('a')).owner_id, tests.id('member'), 'whose');
select is((tests.last_event('a')).tenant_id, tests.id('acme'), 'where');
select is(pg_temp.data('a') - 'reservation', '{"previous": {}, "reason": "why", "override": false}', 'why; there is nothing before a beginning');
select is(pg_temp.data('a') -> 'reservation', to_jsonb(tests.reservation('a')) || '{"notes": null}', 'what, without the notes');

do $$ begin perform api.reschedule_reservation(tests.id('a'), tests.at('09:30'), tests.at('10:00')); end $$;
select is(tests.events('a'), '{reservation.confirmed, reservation.rescheduled}', 'moved: rescheduled');
select is(pg_temp.data('a') - 'reservation',
  jsonb_build_object('previous', jsonb_build_object('starts_at', tests.at('09:00')), 'reason', null, 'override', false),
  'previous holds what changed and no more; the last reason is forgotten');

select tests.be('manager');
do $$ begin perform api.cancel_reservation(tests.id('a'), 'flood', override => true); end $$;
select is(tests.events('a'), '{reservation.confirmed, reservation.rescheduled, reservation.cancelled}', 'cancelled: cancelled');
select is(pg_temp.data('a') - 'reservation',
  '{"previous": {"status": "confirmed", "status_reason": "why"}, "reason": "flood", "override": true}', 'with reason and override');
select is((tests.last_event('a')).actor_id, tests.id('manager'), 'by the manager');

select tests.be('member');
do $$ begin
  perform api.create_reservation(tests.id('room'), tests.at('09:00'), tests.at('10:00'), 'tentative', id => tests.id('t'));
  perform api.create_reservation(tests.id('stage'), tests.at('09:00'), tests.at('10:00'), id => tests.id('p'));
  perform api.create_reservation(tests.id('stage'), tests.at('09:00'), tests.at('10:00'), 'tentative', id => tests.id('q'));
  perform api.confirm_reservation(tests.id('t'));
  perform api.confirm_reservation(tests.id('q'));
  perform tests.be('approver');
  perform api.approve_reservation(tests.id('p'));
  perform api.reject_reservation(tests.id('q'), reason => 'no');
end $$;
select is(tests.events('t'), '{reservation.created, reservation.confirmed}', 'tentative: created; then confirmed');
select is(tests.events('p'), '{reservation.submitted, reservation.confirmed}', 'pending: submitted; approved: confirmed');
select is(tests.events('q'), '{reservation.created, reservation.submitted, reservation.rejected}', 'tentative, submitted, rejected');

select tests.be('member');
do $$ begin
  perform api.create_reservation(tests.id('studio'), tests.at('09:00'), tests.at('10:00'), 'held', id => tests.id('h'));
  perform tests.clock('08:10');
  perform api.extend_hold(tests.id('h'));
  perform api.pencil_reservation(tests.id('h'));
  perform api.confirm_reservation(tests.id('h'));
  perform api.check_in_reservation(tests.id('h'));
  perform api.update_reservation(tests.id('h'), 'x');
  perform tests.clock('09:00');
  perform api.complete_reservation(tests.id('h'));
  perform tests.clock('08:00');
end $$;
select is(tests.events('h'), '{reservation.held, reservation.hold_extended, reservation.pencilled, reservation.confirmed, reservation.checked_in, reservation.updated, reservation.completed}', 'a whole life');

-- By a DBA
select tests.be_dba();
select tests.reserve('d1', 'desks', '09:00', '10:00');
select tests.reserve('d2', 'desks', '09:00', '10:00');
select is(tests.events('d1'), '{reservation.confirmed}', 'a DBA''s insert leaves one, too');
select is((tests.last_event('d1')).actor_id, null, 'by nobody who has a token');
update booking.reservations set title = 'x', notes = 'secret' where id in (tests.id('d1'), tests.id('d2'));
select is(array[tests.events('d1'), tests.events('d2')],
  '{{reservation.confirmed, reservation.updated}, {reservation.confirmed, reservation.updated}}', 'a bulk update, one for each row');
select is(pg_temp.data('d1') -> 'previous', '{"title": "d1"}', 'notes are not in previous either');
set local booking.reason = 'clean-up';
delete from booking.reservations where id = tests.id('d1');
select is(tests.events('d1'), '{reservation.confirmed, reservation.updated, reservation.cancelled}', 'a deletion cancels');
select is(pg_temp.data('d1') #>> '{reservation,status}', 'cancelled', 'and the event says so');
select is(pg_temp.data('d1') - 'reservation', '{"previous": {"status": "confirmed"}, "reason": "clean-up", "override": false}', 'with the reason set by hand');
delete from booking.reservations where id = tests.id('a');
select is(tests.events('a'), '{reservation.confirmed, reservation.rescheduled, reservation.cancelled}', 'deleting what is over tells nothing new');
select is_empty($$ select from booking.events e where e::text ~ 'private|secret' $$, 'no notes are in the log');

-- For ever
select throws_ok('update booking.events set type = ''x''', '55000', null, 'events are never updated');
select throws_ok('delete from booking.events', '55000', null, 'nor deleted');
select throws_ok('truncate booking.events', '55000', null, 'nor truncated');
select throws_ok($$ insert into booking.events (tenant_id, seq, type, subject) values (tests.id('acme'), 1, 'x', '{}') $$,
  '428C9', null, 'and nobody chooses their place');

-- Read a page at a time; as long as this transaction lasts, its own events are not yet shown.
select tests.be('approver');
select is_empty('select * from api.events', 'what is not committed is in no page');
select is_empty('select * from api.list_events()', 'nor in the log');
select tests.be_dba();
select tests.sequence();
select tests.be('approver');
create temp table log as select row_number() over () as n, * from api.list_events();
select set_eq('select id from log', 'select id from api.events', 'the log has every event once');
select results_eq('select id from log where n between 3 and 4 order by n',
  $$ select id from api.list_events((select cursor from log where n = 2), max_results => 2) $$, 'a cursor asks for the next page');
select is_empty($$ select * from api.list_events((select cursor from log order by n desc limit 1)) $$, 'and after the last there is none');
select set_eq($$ select type from api.list_events(types => '{reservation.c*}') $$,
  array['reservation.created', 'reservation.confirmed', 'reservation.cancelled', 'reservation.checked_in', 'reservation.completed'], 'types are globs');
select is_empty($$ select * from api.list_events(types => '{reservation_confirmed}') $$, 'in which only the asterisk is special');
select set_eq($$ select type from api.list_events(types => '{*.*firmed, *_*}') $$, array['reservation.confirmed', 'reservation.hold_extended', 'reservation.checked_in'], 'wherever it stands');
select is(tests.answer(format('select api.list_events(types => %L)', types)) - 'hint', '{"code": "PT400", "message": "invalid_argument", "details": {"argument": "types"}}', left(types::text, 50) || ' are none')
  from (values ('{reservation%}'::text[]), ('{A}'), ('{"a b"}'), ('{""}'), ('{a,null}'), (array[repeat('a', 51)]), (array_fill('a'::text, '{21}')), ('{"(a|a)*$"}'), ('{"\\\\"}')) t (types);
select lives_ok($$ select api.list_events(types => array_fill(repeat('*', 50), '{20}')) $$, 'twenty of fifty characters are');
select set_eq($$ select distinct resource_id from api.list_events(resource_id => tests.id('stage')) $$, array[tests.id('stage')], 'of one resource');
select throws_ok(format('select api.list_events(%L)', cursor), 'PT400', 'invalid_argument', format('%L is no cursor', cursor))
  from (select id from log limit 1) l, unnest(array['', '1', '1.1', '1.1 or true', gen_random_uuid()::text, id || '0', replace(id::text, '-', '')]) cursor;
select throws_ok(format('select api.list_events(max_results => %L)', n), 'PT400', 'invalid_argument', format('nor is %L a number of results', n))
  from unnest('{0, 1001, -1, null}'::integer[]) n;
select tests.be('member');
select set_eq('select distinct reservation_id from api.events where reservation_id is not null', array[tests.id('a'), tests.id('t'), tests.id('p'), tests.id('q'), tests.id('h'), tests.id('d1'), tests.id('d2')],
  'a member reads the events of their own reservations');
select tests.be('colleague');
select set_eq('select distinct type from api.events', array['resource.created'], 'and a colleague those of resources only');

select * from finish();
rollback;
