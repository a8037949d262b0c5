-- cancel_cutoff: until when members give back what is confirmed. Managers may later, with a reason; what is given back late is counted.
begin;
select no_plan();
select tests.world();
select tests.rule(null, '{"cancel_cutoff": "2 hours"}');
select tests.rule('studio', '{"cancel_cutoff": "0"}');
select tests.reserve('a', 'room', '12:00', '13:00');
select tests.reserve('s', 'studio', '12:00', '13:00');
select tests.reserve('d', 'desks', '12:00', '13:00', units => 3);
select tests.reserve(name, resource, '12:00', '13:00', status::booking.reservation_status) from (values ('t', 'room', 'tentative'), ('p', 'stage', 'pending'), ('h', 'stage', 'held')) n (name, resource, status);
select tests.bundle('u'), tests.part('u', 'u1', 'room', '14:00', '15:00'), tests.part('u', 'u2', 'room', '18:00', '19:00');
create temp table before as select tests.digest();
grant select on before to public;

-- To the last microsecond
select is(tests.answer(format('select tests.clock(%L), tests.be(%L), api.cancel_reservation(tests.id(%L)%s)', clock, who, name, more)) ->> 'message', slug, format('at %s, %s, of %s%s: %s', clock, who, name, more, coalesce(slug, 'given back')))
  from (values
    ('09:59:59.999999', 'member', 'a', '', null), ('10:00', 'member', 'a', '', 'cancel_cutoff_passed'), ('11:00', 'member', 'a', ', ''ill''', 'cancel_cutoff_passed'), ('12:30', 'member', 'a', '', 'cancel_cutoff_passed'),
    ('11:59:59.999999', 'member', 's', '', null), ('12:00', 'member', 's', '', 'cancel_cutoff_passed'),
    -- Only what is confirmed
    ('11:00', 'member', 't', '', null), ('11:00', 'member', 'p', '', null), ('08:20', 'member', 'h', '', null),
    -- Managers, with a reason
    ('11:00', 'manager', 'a', '', 'cancel_cutoff_passed'), ('11:00', 'manager', 'a', ', ''ill''', null), ('11:00', 'manager', 'a', ', ''ill'', override => true', null), ('11:00', 'manager', 'a', ', override => true', 'invalid_argument'),
    ('11:00', 'manager', 'a', ', '' ''', 'cancel_cutoff_passed'), ('11:00', 'admin', 'a', ', ''ill''', null), ('09:00', 'manager', 'a', '', null),
    ('11:00', 'approver', 'a', ', ''ill''', 'forbidden'), ('11:00', 'member', 'a', ', ''ill'', override => true', 'forbidden'), ('11:00', 'colleague', 'a', '', 'not_found'), ('11:00', 'stranger', 'a', '', 'not_found')
  ) as cancels (clock, who, name, more, slug);
select tests.clock('10:30');
select tests.be('member');
select is(tests.answer($$ select api.cancel_reservation(tests.id('a')) $$) #- '{details,violations}', jsonb_build_object('code', 'PT422', 'message', 'cancel_cutoff_passed', 'hint', 'It could be given back until 10:00; ask a manager.',
  'details', jsonb_build_object('limit', '02:00:00', 'until', tests.at('10:00'), 'now', tests.at('10:30'))), 'until when is told');
select tests.be('manager');
select is(tests.answer($$ select api.cancel_reservation(tests.id('a')) $$) ->> 'hint', 'It could be given back until 10:00; managers may still do so, with a reason.', 'to a manager, what it takes');

-- To move it away is to give it back.
select tests.be('member');
create temp table moves (call text, slug text);
insert into moves values
  ($$reschedule_reservation(tests.id('a'), tests.at('15:00'), tests.at('16:00'))$$, 'cancel_cutoff_passed'), ($$reschedule_reservation(tests.id('a'), tests.at('12:30'), tests.at('13:30'))$$, 'cancel_cutoff_passed'),
  ($$reschedule_reservation(tests.id('a'), tests.at('12:00'), tests.at('12:30'))$$, 'cancel_cutoff_passed'), ($$reschedule_reservation(tests.id('a'), tests.at('12:30'), tests.at('13:00'))$$, 'cancel_cutoff_passed'),
  ($$reschedule_reservation(tests.id('a'), tests.at('12:00'), tests.at('13:00'), tests.id('studio'))$$, 'cancel_cutoff_passed'), -- before it is told that this is taken
  ($$reschedule_reservation(tests.id('a'), tests.at('14:00'), tests.at('15:00'), tests.id('studio'))$$, 'cancel_cutoff_passed'),
  -- More of it is not.
  ($$reschedule_reservation(tests.id('a'), tests.at('11:30'), tests.at('13:30'))$$, null), ($$reschedule_reservation(tests.id('a'), tests.at('12:00'), tests.at('13:00'))$$, null),
  -- Less of a pool is.
  ($$reschedule_reservation(tests.id('d'), tests.at('12:00'), tests.at('13:00'), units => 1)$$, 'cancel_cutoff_passed'), ($$update_reservation(tests.id('a'), 'x')$$, null),
  ($$reschedule_reservation(tests.id('t'), tests.at('15:00'), tests.at('16:00'))$$, null);
insert into moves select format('move_reservations(%L)', jsonb_build_array(jsonb_build_object('reservation_id', tests.id('a'), 'starts_at', tests.at('15:30'), 'ends_at', tests.at('16:30')))), 'cancel_cutoff_passed';
-- The ways of several at once
insert into moves values ($$cancel_bundle(tests.id('u'))$$, null), ($$reschedule_bundle(tests.id('u'), '1 hour')$$, null);
grant select on moves to public;
select is(tests.answer('select api.' || call) ->> 'message', slug, format('%s: %s', call, coalesce(slug, 'as they wish'))) from moves;
select tests.clock('12:30');
select is(tests.answer('select api.' || call) ->> 'message', 'cancel_cutoff_passed', 'all or nothing: ' || call) from (values ($$cancel_bundle(tests.id('u'))$$), ($$reschedule_bundle(tests.id('u'), '1 hour')$$)) as calls (call);
select tests.clock('10:30');
-- To check in first is no way round.
select is(tests.answer('select api.check_in_reservation(tests.id(''a'')), api.' || call) ->> 'message', slug, 'checked in, then ' || call)
  from (values ($$reschedule_reservation(tests.id('a'), tests.at('15:30', 5), tests.at('16:30', 5))$$, 'cancel_cutoff_passed'), ($$cancel_reservation(tests.id('a'))$$, 'invalid_transition')) as calls (call, slug);
-- The check says what the move does.
select is(tests.answer($$ select api.check_reservation_conflict(tests.id('room'), tests.at('15:30'), tests.at('16:30'), exclude_reservation_id => tests.id('a')) $$),
  tests.answer($$ select api.reschedule_reservation(tests.id('a'), tests.at('15:30'), tests.at('16:30')) $$), 'the check of a move says so');
select is(tests.answer($$ select api.check_reservation_conflict(tests.id('room'), tests.at('11:30'), tests.at('13:30'), exclude_reservation_id => tests.id('a')) $$), '{"rows": 1}', 'or that it may be');
select tests.be('manager');
select is(tests.answer('select api.' || call) ->> 'message', slug, format('a manager: %s: %s', call, coalesce(slug, 'as they wish')))
  from (values ($$reschedule_reservation(tests.id('a'), tests.at('15:30'), tests.at('16:30'))$$, 'cancel_cutoff_passed'), ($$reschedule_reservation(tests.id('a'), tests.at('15:30'), tests.at('16:30'), reason => 'flood')$$, null),
               ($$reschedule_reservation(tests.id('a'), tests.at('15:30'), tests.at('16:30'), override => true, reason => 'flood')$$, null)) as calls (call, slug);
select tests.be_dba();
select is(tests.digest(), digest, 'none of which changed anything') from before;

-- A series: those that are too near, one and all
select tests.be('member');
create temp table made as select api.create_series(tests.id('desks'), 'FREQ=DAILY;COUNT=3', '2030-01-07 11:00', '1 hour') as s;
grant select on made to public;
select tests.clock('10:00');
select is(tests.answer(format('select api.%s_series(%L%s)', call, s ->> 'series_id', more)) ->> 'message', slug, format('%s_series%s: %s', call, more, coalesce(slug, 'as they wish')))
  from made, (values ('cancel', '', 'cancel_cutoff_passed'), ('cancel', ', ''this'', ''' || (select s #>> '{reservations,0,id}' from made) || '''', 'cancel_cutoff_passed'), ('reschedule', ', shift => ''3 hours''', 'cancel_cutoff_passed')) as calls (call, more, slug)
 where more is not null;
select is(tests.answer(format('select api.cancel_series(%L, ''following'', %L)', s ->> 'series_id', r ->> 'id')) ->> 'message', case when n = 1 then 'cancel_cutoff_passed' end, 'from occurrence ' || n)
  from made, jsonb_array_elements(s -> 'created') with ordinality t (r, n);
select tests.be('manager');
select is(tests.answer(format('select api.cancel_series(%L, reason => ''flood'')', s ->> 'series_id')) ->> 'message', null, 'a manager may') from made;

-- What is given back late is counted, by whose it was.
select tests.be('manager');
select tests.clock('11:00');
select is(array[r.status::text, r.is_late::text, r.status_reason], '{cancelled, true, ill}', 'given back late') from api.cancel_reservation(tests.id('a'), 'ill') r;
select is(array[e.type, e.actor_id::text, e.reason, e.override::text, booking.event_data(e) #>> '{reservation,is_late}'], array['reservation.cancelled', tests.id('manager')::text, 'ill', 'false', 'true'], 'as its event says') from tests.last_event('a') e;
select is(array[r.status::text, r.is_late::text], '{cancelled, false}', 'in time') from api.cancel_reservation(tests.id('s'), 'ill') r;
select is(r.is_late, true, 'overridden') from api.cancel_reservation(tests.id('d'), 'flood', override => true) r;
select tests.be_dba();
select tests.reserve('n', 'room', '08:30', '09:00'), tests.reserve('c', 'room', '07:00', '07:30', owner => 'colleague'), tests.reserve('theirs too', 'theirs', '07:00', '07:30', owner => 'stranger');
update booking.reservations set status = 'no_show' where id in (tests.id('n'), tests.id('c'), tests.id('theirs too'));
create function pg_temp.standing(who text) returns text language plpgsql as $$
begin
  perform tests.be(who);
  return (select string_agg(format('%s %s/%s', n, no_shows, late_cancellations), ', ' order by n) from api.member_standing join unnest('{member, colleague, stranger, manager}'::text[]) n on user_id = tests.id(n));
end $$;
select is(pg_temp.standing(who), sees, format('%s sees %s', who, coalesce(sees, 'none')))
  from (values ('member', 'member 1/2'), ('colleague', 'colleague 1/0'), ('approver', 'colleague 1/0, member 1/2'), ('manager', 'colleague 1/0, member 1/2'), ('stranger', 'stranger 1/0')) as seers (who, sees);
select tests.be_nobody();
select throws_ok('select * from api.member_standing', '42501', null, 'nobody sees none');
select tests.be('admin');
select throws_ok('delete from api.member_standing', '42501', null, 'nobody writes it');

-- What is made, moved or changed later is judged by the rule as it is then.
select tests.be_dba();
select tests.reserve('late', 'room', '16:00', '17:00');
update booking.booking_rules set cancel_cutoff = '1 day' where resource_id is null;
select tests.be('member');
select is(tests.answer($$ select api.cancel_reservation(tests.id('late')) $$) #>> '{details,limit}', '1 day', 'the rule of the day counts');
select tests.be_dba();
update booking.booking_rules set cancel_cutoff = null;
select tests.be('member');
select is(r.is_late, false, 'where nothing is set, any time') from api.cancel_reservation(tests.id('late')) r;
select tests.be_dba();
-- A day is 24 hours.
update booking.resources set timezone = 'Europe/Berlin' where id = tests.id('room');
update booking.booking_rules set cancel_cutoff = '1 day' where resource_id is null;
select tests.book('dst', 'room', '2030-03-31 12:00+02', '2030-03-31 13:00+02');
select is(tests.answer(format('select set_config(''booking.now'', %L, true), tests.be(''member''), api.cancel_reservation(tests.id(''dst''))', clock)) ->> 'message', slug, format('on the short night at %s: %s', clock, coalesce(slug, 'given back')))
  from (values ('2030-03-30 10:59:59+01', null), ('2030-03-30 11:00+01', 'cancel_cutoff_passed')) as clocks (clock, slug);
select tests.be_dba();
select is_empty('select * from booking.verify_invariants()', 'all is in order');

select * from finish();
rollback;
