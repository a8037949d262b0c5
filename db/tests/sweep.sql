-- booking.sweep() does what time has made due; booking.due_reservations shows it, booking.sweep_lag() how long it has waited.
begin;
select no_plan();
select tests.world();
select tests.rule('room', '{"no_show_grace": "15 minutes"}');
select tests.rule('stage', '{"approval_stale_after": "1 hour"}');

create function pg_temp.due() returns text[] language sql
as $$
  select coalesce(array_agg(r.title || ' ' || d.to_status || ' ' || to_char(d.due_at, 'HH24:MI') order by d.due_at, r.title), '{}')
    from booking.due_reservations d join booking.reservations r on r.tenant_id = d.tenant_id and r.id = d.id
$$;
-- Sorted, as the sweep is not.
create function pg_temp.sweep(batch_size integer default 100) returns text[] language sql
as $$ select coalesce(array_agg(event_type || ' ' || changes order by event_type), '{}') from booking.sweep(batch_size) $$;

select is(pg_temp.due() || pg_temp.sweep(), '{}', 'nothing to do is nothing done');
select is(booking.sweep_lag(), '0', 'and no lag');
select tests.reserve('held', 'room', '13:00', '14:00', 'held');
select tests.reserve('theirs', 'theirs', '13:00', '14:00', 'held', 'stranger');
select tests.reserve('pencilled', 'studio', '13:00', '14:00', 'pencilled', expires => '08:40');
select tests.reserve('tentative', 'room', '09:00', '10:00', 'tentative');
select tests.reserve('pending', 'stage', '08:30', '08:50', 'pending');
select tests.reserve('waiting', 'stage', '13:00', '14:00', 'pending');
select tests.reserve('confirmed', 'studio', '09:00', '10:00');
select tests.reserve('in', 'room', '09:00', '10:00');
select tests.reserve('missed', 'room', '10:00', '11:00');
select tests.reserve('short', 'room', '11:00', '11:10');
select tests.reserve('cancelled', 'desks', '09:00', '10:00');
select tests.reserve('pool', 'desks', '09:00', '10:00', units => 2);
update booking.reservations set status = 'checked_in' where id = tests.id('in');
update booking.reservations set status = 'cancelled' where id = tests.id('cancelled');
select is(pg_temp.due(), '{}', 'nothing is due yet');

-- Expired
select tests.clock('08:29:59.999999');
select is(pg_temp.due() || pg_temp.sweep(), '{}', 'nor a microsecond before');
select tests.clock('08:30');
select is(pg_temp.due(), '{held expired 08:30, theirs expired 08:30}', 'a hold is due at the very instant');
select is(booking.sweep_lag(), '0', 'and has not waited yet');
select tests.clock('08:32');
select is(booking.sweep_lag(), '2 minutes', 'then it waits');
select is(pg_temp.sweep(), '{reservation.expired 2}', 'for the sweep, which takes every tenant''s');
select is(array[r.status::text, r.version::text, r.status_since::text, r.expires_at::text, tests.claims('held')::text], array['expired', '2', tests.at('08:32')::text, null, '{}'], 'it has expired, claim and all')
  from tests.reservation('held') r;
select is(array[e.type, e.actor_id::text, e.reason, e.override::text], '{reservation.expired, null, null, false}', 'by nobody') from tests.last_event('held') e;
select is((tests.reservation('theirs')).status::text, 'expired', 'in each tenant');
create temp table before as select tests.digest();
select is(pg_temp.sweep(), '{}', 'a second sweep finds nothing');
select is(tests.digest(), digest, 'and changes nothing') from before;
select is(booking.sweep_lag(), '0', 'nothing waits');

-- What was to be decided, and is over
select tests.clock('08:50');
select is(pg_temp.due(), '{pencilled expired 08:40, pending expired 08:50}', 'a pencilled one, and what nobody approved in time');
select is(booking.sweep_lag(), '10 minutes', 'the first one''s lag');
select is(pg_temp.sweep(), '{reservation.expired 2}', 'are swept together');
select is(tests.events('pending'), '{reservation.submitted, reservation.expired}', 'it expires');

-- Stale approvals
select tests.clock('08:59:59.999999');
select is(pg_temp.sweep(), '{}', 'an approval is not stale yet');
select tests.clock('09:00');
select is(pg_temp.due(), '{}', 'when it is, nothing changes');
select is(pg_temp.sweep(), '{approval.stale 1}', 'but it is told');
select is(tests.events('waiting'), '{reservation.submitted, approval.stale}', 'as an event');
select is(booking.event_data(tests.last_event('waiting')), jsonb_build_object('reservation', to_jsonb(tests.reservation('waiting')) || '{"notes": null}', 'previous', '{}'::jsonb, 'reason', null, 'override', false),
  'which shows the reservation, without the notes');
select is(array[e.actor_id, e.owner_id, e.resource_id], array[null, tests.id('member'), tests.id('stage')], 'whose, of what; told by nobody') from tests.last_event('waiting') e;
select is((tests.reservation('waiting')).version, 1, 'it is the same version');
select is(pg_temp.sweep(), '{}', 'once');
select tests.clock('09:30');
select is(pg_temp.sweep(), '{}', 'and for all');
select tests.reserve('second', 'stage', '15:00', '16:00', 'pending');
select tests.reserve('done', 'stage', '15:00', '16:00', 'pending');
update booking.reservations set status = 'rejected' where id = tests.id('done');
select tests.clock('10:00');
select is(pg_temp.due(), '{confirmed completed 10:00, in completed 10:00, pool completed 10:00, tentative expired 10:00}', 'others come to their end');

-- Completed, missed
select is(pg_temp.sweep(), '{reservation.completed 3, reservation.expired 1}', 'each in its way');
select is(array[(tests.reservation('confirmed')).status, (tests.reservation('in')).status, (tests.reservation('pool')).status, (tests.reservation('tentative')).status]::text[], '{completed, completed, completed, expired}', 'as they were');
select is(tests.claims('confirmed') || tests.claims('in') || tests.claims('pool'), '{}', 'and take no more time');
select tests.clock('10:14:59.999999');
select is(pg_temp.due(), '{}', 'who is late may yet come');
select tests.clock('10:15');
select is(pg_temp.due(), '{missed no_show 10:15}', 'until no_show_grace is over');
select tests.clock('10:30');
select set_eq('select * from booking.sweep()', $$ values ('reservation.no_show', 1::bigint), ('approval.stale', 1) $$, 'one was missed, and another approval is late');
select is((tests.reservation('missed')).status::text || tests.claims('missed')::text || tests.events('missed')::text, 'no_show{}{reservation.confirmed,reservation.no_show}', 'its time is free');
select is((tests.last_event('missed')).actor_id, null, 'nobody missed it');
select lives_ok($$ select tests.be('colleague'), api.create_reservation(tests.id('room'), tests.at('10:30'), tests.at('11:00'), id => tests.id('walk-in')) $$, 'for a walk-in, say');
select tests.be_dba();
select tests.clock('11:00');
select is(pg_temp.sweep(), '{reservation.no_show 1}', 'whose grace began when they asked');
select tests.clock('11:09:59');
select is(pg_temp.due(), '{}', 'one shorter than the grace');
select tests.clock('11:10');
select is(pg_temp.due(), '{short no_show 11:10}', 'is missed at its end');

-- Who asks when it has begun already
select tests.clock('12:20');
select is(pg_temp.sweep(), '{reservation.no_show 1}', 'so it is');
select tests.reserve('late', 'room', '12:00', '13:00');
select tests.clock('12:34:59.999999');
select is(pg_temp.due(), '{}', 'who books at 12:20 what began at 12:00 has 15 minutes');
select tests.clock('12:35');
select is(pg_temp.due(), '{late no_show 12:35}', 'from then');
select tests.reserve('afterwards', 'room', '08:00', '08:30');
select is(pg_temp.due(), '{afterwards completed 08:30, late no_show 12:35}', 'what is entered when it is over was no no-show');
select is(booking.sweep_lag(), tests.at('12:35') - tests.at('08:30'), 'though it has long been due');
update booking.reservations set starts_at = tests.at('12:30') where id = tests.id('late');
select is(pg_temp.due(), '{afterwards completed 08:30}', 'moved, its grace moves along');
select tests.clock('12:49:59.999999');
select is(pg_temp.due(), '{afterwards completed 08:30}', 'and counts from the move');
update booking.reservations set ends_at = tests.at('13:05'), notes = 'x' where id = tests.id('late');
select tests.clock('12:50');
select is(pg_temp.due(), '{afterwards completed 08:30, late no_show 12:50}', 'another end gives no more of it');
update booking.reservations set resource_id = tests.id('studio') where id = tests.id('late');
select tests.rule('studio', '{"no_show_grace": "5 minutes"}');
select tests.clock('12:55');
select is(pg_temp.due(), '{afterwards completed 08:30, late no_show 12:55}', 'another resource does');
select tests.reserve('entered', 'room', '14:00', '15:00');
update booking.reservations set starts_at = tests.at('09:00'), ends_at = tests.at('10:00') where id = tests.id('entered');
select is(pg_temp.due(), '{afterwards completed 08:30, entered completed 10:00, late no_show 12:55}', 'what is moved to when it is over was no no-show');
delete from booking.reservations where id = tests.id('entered');
update booking.reservations set resource_id = tests.id('room'), ends_at = tests.at('13:00') where id = tests.id('late');
update booking.reservations set status = 'checked_in' where id = tests.id('late');
select tests.clock('12:59');
select is(pg_temp.due(), '{afterwards completed 08:30}', 'who is there is no no-show');
update booking.booking_rules set no_show_grace = null;
select tests.reserve('free', 'desks', '12:00', '13:00');
select tests.clock('13:00');
select is(pg_temp.sweep(), '{reservation.completed 3}', 'where nothing is set, nobody needs to check in');

-- An approver who takes their time makes no no-show of whoever waited.
update booking.booking_rules set no_show_grace = '15 minutes' where resource_id = tests.id('room');
select tests.reserve('approved late', 'room', '13:00', '15:00', 'pending');
select tests.clock('13:40');
update booking.reservations set status = 'confirmed' where id = tests.id('approved late');
select is(pg_temp.due(), '{}', 'what is confirmed at 13:40 has its grace from then, too');
update booking.booking_rules set no_show_grace = null;
update booking.reservations set status = 'cancelled' where id = tests.id('approved late');

-- In bits
select tests.clock('14:00');
select is(pg_temp.sweep(), '{reservation.expired 1}', 'nobody approved it');
select tests.reserve('bit ' || n, 'room', n || ':00', n || ':30', 'held', expires => '14:10') from generate_series(15, 19) n;
select tests.reserve('ask ' || n, 'stage', '20:00', '21:00', 'pending') from generate_series(1, 3) n;
select tests.clock('15:00');
select is(pg_temp.sweep(0), '{}', 'a batch of none does nothing');
select is(pg_temp.sweep(2), '{approval.stale 2, reservation.expired 2}', 'a batch is as large as it is asked to be');
select is(booking.sweep_lag(), '50 minutes', 'the rest waits');
select is(pg_temp.sweep(2), '{approval.stale 1, reservation.expired 2}', 'for the next');
select is(pg_temp.sweep(2), '{reservation.expired 1}', 'and the next');
select is(pg_temp.sweep(2), '{}', 'until all is done');

-- The context of whoever was here before
select tests.reserve('last', 'room', '15:30', '16:00', 'held', expires => '15:10');
select tests.clock('15:10');
set local booking.reason = 'clean-up';
select is(pg_temp.sweep(), '{reservation.expired 1}', 'a DBA sweeps by hand');
select is((tests.last_event('last')).reason, 'clean-up', 'and may say why');
set local booking.reason = '';

-- Rules nobody can keep stop nobody else's sweep.
select tests.reserve('odd', 'studio', '16:00', '16:30');
select tests.reserve('odd pending', 'stage', '22:00', '23:00', 'pending');
select tests.be('manager');
select is(tests.answer(format('insert into api.booking_rules (kind, %I) values (''odd'', ''300000 years'')', name)) ->> 'message', 'invalid_argument', name || ' is not 300000 years')
  from unnest('{hold_ttl, pencil_ttl, max_pencil_ttl, check_in_opens, no_show_grace, no_show_window, approval_stale_after}'::text[]) name;
select is(tests.answer($$ insert into api.booking_rules (kind, no_show_grace) values ('odd', 'infinity') $$) ->> 'message', 'invalid_argument', 'nor for ever')
  where current_setting('server_version_num')::integer >= 170000;
select tests.be_dba();
do $$ begin
  perform tests.rule('studio', '{"no_show_grace": "300000 years"}');
exception when check_violation then null; end $$;
do $$ begin
  update booking.booking_rules set approval_stale_after = '300000 years' where resource_id = tests.id('stage');
exception when check_violation then null; end $$;
select tests.clock('16:30');
select lives_ok('select booking.sweep()', 'whatever the rule, the sweep goes on');
select lives_ok('select booking.sweep_lag()', 'and so does its lag');

-- Not for everybody
select tests.be('admin');
select throws_ok('select ' || call, '42501', null, 'an admin is refused: ' || call)
  from unnest('{booking.sweep(), booking.sweep_lag(), * from booking.due_reservations}'::text[]) call;
select tests.be_dba();
select is(has_function_privilege(role, 'booking.sweep(integer)', 'execute') or has_function_privilege(role, 'booking.sweep_lag()', 'execute')
          or has_table_privilege(role, 'booking.due_reservations', 'select'), false, role || ' may not, before any table is asked')
  from unnest('{anon, authenticated, service_role}'::text[]) role;
select is_empty('select * from booking.verify_invariants()', 'all is in order');

select * from finish();
rollback;
