-- api.reservation_history reads as an audit trail.
begin;
select no_plan();
select tests.world();

select tests.be('member');
do $$ begin
  perform api.create_reservation(tests.id('room'), tests.at('09:00'), tests.at('10:00'), 'held', id => tests.id('a'), title => 'A', notes => 'private', reason => 'asking around');
  perform tests.clock('08:10');
  perform api.extend_hold(tests.id('a'));
  perform api.reschedule_reservation(tests.id('a'), tests.at('09:30'), tests.at('10:30'), reason => 'later');
  perform api.update_reservation(tests.id('a'), 'B', 'secret');
  perform tests.clock('08:20');
  perform tests.be('manager');
  perform api.pencil_reservation(tests.id('a'), pencil_ttl => '1 hour', override => true, reason => 'VIP');
  perform api.confirm_reservation(tests.id('a'), reason => 'sure');
  perform tests.clock('09:30');
  perform tests.be('member');
  perform api.check_in_reservation(tests.id('a'));
  perform tests.be_dba();
  perform tests.clock('10:30');
  perform booking.sweep();
end $$;

select tests.be('member');
select results_eq($$ select to_char(occurred_at, 'HH24:MI'), type, actor_id, actor_name, status::text, version, reason, override from api.reservation_history(tests.id('a')) $$,
  $$ select clock, 'reservation.' || type, tests.id(who), who, status, version, reason, override
       from (values ('08:00', 'held', 'member', 'held', 1, 'asking around', false), ('08:10', 'hold_extended', 'member', 'held', 2, null, false),
                    ('08:10', 'rescheduled', 'member', 'held', 3, 'later', false), ('08:10', 'updated', 'member', 'held', 4, null, false),
                    ('08:20', 'pencilled', 'manager', 'pencilled', 5, 'VIP', true), ('08:20', 'confirmed', 'manager', 'confirmed', 6, 'sure', false),
                    ('09:30', 'checked_in', 'member', 'checked_in', 7, null, false), ('10:30', 'completed', null, 'completed', 8, null, false)) as told (clock, type, who, status, version, reason, override) $$,
  'when, what, who, as what, why, and against which rules; of what time did, nobody');
create temp table changes as select version, changes - 'status_since' as changes from api.reservation_history(tests.id('a'));
grant select on changes to public;
select is(changes, '{}', 'a beginning changes nothing') from changes where version = 1;
select is(changes, jsonb_build_object('expires_at', jsonb_build_object('from', tests.at('08:30'), 'to', tests.at('08:40'))), 'what was extended, from when to when') from changes where version = 2;
select is(changes, jsonb_build_object('starts_at', jsonb_build_object('from', tests.at('09:00'), 'to', tests.at('09:30')), 'ends_at', jsonb_build_object('from', tests.at('10:00'), 'to', tests.at('10:30'))),
  'moved, likewise') from changes where version = 3;
select is(changes, '{"title": {"from": "A", "to": "B"}}', 'described, but for the notes') from changes where version = 4;
select is(changes, jsonb_build_object('status', '{"from": "pencilled", "to": "confirmed"}'::jsonb, 'status_reason', '{"from": "VIP", "to": "sure"}'::jsonb, 'expires_at', jsonb_build_object('from', tests.at('09:20'), 'to', null)),
  'confirmed: it expires no more') from changes where version = 6;
select is_empty($$ select from api.reservation_history(tests.id('a')) h where h::text ~ 'private|secret' $$, 'no notes are in it');
select is(count(distinct event_id), 8::bigint, 'each event has its id') from api.reservation_history(tests.id('a'));

-- Whose
select is(tests.answer(format('select tests.be(%L), api.reservation_history(tests.id(''a''))', who)), '{"rows": 8}', who || ' reads it') from unnest('{member, approver, manager, admin}'::text[]) who;
select throws_ok(format('select tests.be(%L), api.reservation_history(tests.id(%L))', who, reservation), 'PT404', 'not_found', format('%s: no %s', who, coalesce(reservation, 'null')))
  from (values ('colleague', 'a'), ('stranger', 'a'), ('member', 'none'), ('admin', 'none'), ('member', null)) as askers (who, reservation);

-- A decision
select tests.be('member');
do $$ begin
  perform tests.clock('08:00');
  perform api.create_reservation(tests.id('stage'), tests.at('12:00'), tests.at('13:00'), id => tests.id('p'));
  perform tests.clock('08:30');
  perform tests.be('approver');
  perform api.approve_reservation(tests.id('p'), reason => 'mind the curtain');
end $$;
select tests.be('member');
select results_eq($$ select to_char(occurred_at, 'HH24:MI'), type, actor_name, reason from api.reservation_history(tests.id('p')) $$,
  $$ values ('08:00', 'reservation.submitted', 'member', null), ('08:30', 'reservation.confirmed', 'approver', 'mind the curtain') $$, 'who approved it, when, with what note; a member sees the name');

-- What others did to it, and DBAs
select tests.be_dba();
select tests.rule('studio', '{"allow_preemption": true, "max_priority": 9}');
select tests.reserve('d', 'studio', '12:00', '13:00', 'held');
set local booking.reason = 'clean-up';
update booking.reservations set title = 'tidy' where id = tests.id('d');
set local booking.reason = '';
select tests.be('manager');
do $$ begin perform api.create_reservation(tests.id('studio'), tests.at('12:00'), tests.at('13:00'), priority => 1, override => true, reason => 'board'); end $$;
select tests.be('member');
select results_eq($$ select type, actor_name, reason, override from api.reservation_history(tests.id('d')) $$,
  $$ values ('reservation.held', null, null, false), ('reservation.updated', null, 'clean-up', false), ('reservation.displaced', null, 'A request of higher priority took its time.', false) $$,
  'a DBA is nobody, with a reason; a rival is not told of');
select tests.be_dba();
delete from booking.reservations where id = tests.id('p');
delete from booking.members where user_id = tests.id('approver');
select tests.be('member');
select results_eq($$ select type, actor_id, actor_name from api.reservation_history(tests.id('p')) offset 1 $$,
  $$ values ('reservation.confirmed', tests.id('approver'), null), ('reservation.cancelled', null, null) $$, 'what is deleted keeps its history, and so does what was done by one who has left');

select * from finish();
rollback;
