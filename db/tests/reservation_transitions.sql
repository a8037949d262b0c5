-- The state machine: exactly the moves of the table, by any road.
begin;
select no_plan();

-- Said again here, so that a change of the table is a decision.
create temp table legal (from_status booking.reservation_status, to_status booking.reservation_status, action text, min_role booking.member_role, event_type text);
insert into legal values
  (null, 'tentative', 'create', 'member', 'reservation.created'), (null, 'held', 'create', 'member', 'reservation.held'),
  (null, 'pencilled', 'create', 'member', 'reservation.pencilled'), (null, 'pending', 'create', 'member', 'reservation.submitted'),
  (null, 'confirmed', 'create', 'member', 'reservation.confirmed'),
  ('tentative', 'confirmed', 'confirm', 'member', 'reservation.confirmed'), ('held', 'confirmed', 'confirm', 'member', 'reservation.confirmed'),
  ('pencilled', 'confirmed', 'confirm', 'member', 'reservation.confirmed'),
  ('tentative', 'pending', 'submit', 'member', 'reservation.submitted'), ('held', 'pending', 'submit', 'member', 'reservation.submitted'),
  ('pencilled', 'pending', 'submit', 'member', 'reservation.submitted'),
  ('tentative', 'held', 'bill', 'member', 'reservation.held'), ('pending', 'held', 'bill', 'approver', 'reservation.held'), ('expired', 'confirmed', 'pay', null, 'reservation.confirmed'),
  ('tentative', 'pencilled', 'pencil', 'member', 'reservation.pencilled'), ('held', 'pencilled', 'pencil', 'member', 'reservation.pencilled'),
  ('pending', 'confirmed', 'approve', 'approver', 'reservation.confirmed'), ('pending', 'rejected', 'reject', 'approver', 'reservation.rejected'),
  ('confirmed', 'checked_in', 'check_in', 'member', 'reservation.checked_in'),
  ('confirmed', 'completed', 'complete', 'member', 'reservation.completed'), ('checked_in', 'completed', 'complete', 'member', 'reservation.completed'),
  ('confirmed', 'no_show', 'miss', null, 'reservation.no_show'),
  ('tentative', 'cancelled', 'cancel', 'member', 'reservation.cancelled'), ('held', 'cancelled', 'cancel', 'member', 'reservation.cancelled'),
  ('pencilled', 'cancelled', 'cancel', 'member', 'reservation.cancelled'), ('pending', 'cancelled', 'cancel', 'member', 'reservation.cancelled'),
  ('confirmed', 'cancelled', 'cancel', 'member', 'reservation.cancelled'),
  ('tentative', 'expired', 'expire', null, 'reservation.expired'), ('held', 'expired', 'expire', null, 'reservation.expired'),
  ('pencilled', 'expired', 'expire', null, 'reservation.expired'), ('pending', 'expired', 'expire', null, 'reservation.expired'),
  ('held', 'displaced', 'displace', null, 'reservation.displaced'), ('pencilled', 'displaced', 'displace', null, 'reservation.displaced');
grant select on legal to public;
select set_eq('select from_status, to_status, action, min_role, event_type from booking.reservation_transitions', 'table legal', 'the table is the one decided');
select bag_eq('select * from api.reservation_transitions', 'select from_status, to_status, action, min_role, event_type from legal', 'and everybody reads it');

select tests.world();

-- Every pair, by a DBA. Each status is put there behind the triggers' back, with no claims, so that none is in another's way.
create temp view statuses as select unnest(enum_range(null::booking.reservation_status)) as status;
grant select on statuses to public;
alter table booking.reservations alter buffer_before set default '0', alter buffer_after set default '0';
set local session_replication_role = replica;
select tests.reserve(format('%s on the %s', status, resource), resource, '09:00', '10:00', status, expires => case when status in ('held', 'pencilled') then '09:20' end)
  from statuses, unnest('{room, stage}'::text[]) resource;
set local session_replication_role = origin;

select is(
         tests.answer(format('update booking.reservations set status = %L where id = tests.id(%L)', t.status, f.status || ' on the room')) - 'hint',
         case when f.status = t.status or l.action is not null then '{"rows": 1}'
              else jsonb_build_object('code', 'PT409', 'message', 'invalid_transition',
                                      'details', jsonb_build_object('status', f.status, 'to_status', t.status)) end,
         format('a DBA %s make %s of %s', case when f.status = t.status or l.action is not null then 'may' else 'cannot' end, t.status, f.status))
  from statuses f cross join statuses t left join legal l on l.from_status = f.status and l.to_status = t.status;

select is(
         tests.answer(format('select tests.reserve(''new'', ''studio'', ''09:00'', ''10:00'', %L)', s.status)) ->> 'message',
         case when l.action is null then 'invalid_transition' end,
         format('a reservation %s begin as %s', case when l.action is null then 'cannot' else 'may' end, s.status))
  from statuses s left join legal l on l.from_status is null and l.to_status = s.status;
select is(tests.answer(format('insert into booking.reservations (tenant_id, resource_id, starts_at, ends_at, version) values (%L, %L, %L, %L, 2)',
                              tests.id('acme'), tests.id('studio'), tests.at('09:00'), tests.at('10:00'))) ->> 'message',
          'invalid_transition', 'nor with a later version');
select throws_ok($$ update booking.reservations set id = gen_random_uuid() where id = tests.id('confirmed on the room') $$,
  'PT400', 'invalid_argument', 'a reservation keeps its id');
select throws_ok($$ update booking.reservations set tenant_id = tests.id('globex') where id = tests.id('confirmed on the room') $$,
  'PT400', 'invalid_argument', 'and its tenant');

-- What a move leads to, and the event it leaves; or the refusal. It is undone.
create function pg_temp.outcome(call text) returns text language plpgsql
as $$
declare
  v_status text;
  v_id uuid;
begin
  execute 'select status, id from ' || call into v_status, v_id;
  v_status := v_status || ' ' || (select type from booking.events where reservation_id = v_id order by seq desc limit 1);
  raise exception using errcode = 'TT000';
exception
  when sqlstate 'TT000' then return v_status;
  when others then return sqlerrm;
end
$$;

-- Every action of the api, by every role, from every status, where approval is required and where not. The rows are the member's own; it is 09:15.
create function pg_temp.expected(who text, action text, from_status booking.reservation_status, resource text) returns text
language sql
as $$
  select case
      when who = 'colleague' then 'not_found'
      when expected.from_status = 'expired' then 'hold_expired'
      when expected.action = 'extend_hold' then
        case when who = 'approver' then 'forbidden' when expected.from_status = 'held' then 'held reservation.hold_extended' else 'invalid_transition' end
      when l.action is null then 'invalid_transition'
      when l.min_role >= 'approver' and who = 'member' then 'forbidden'
      when l.min_role = 'member' and who = 'approver' then 'forbidden'
      else l.to_status || ' ' || l.event_type
      end
    from (select) as one_row
    left join legal l on l.from_status = expected.from_status and l.action = case when expected.action = 'confirm' and resource = 'stage' then 'submit' else expected.action end
$$;
grant execute on function pg_temp.expected(text, text, booking.reservation_status, text) to public;
select tests.clock('09:15');

create temp table asked (who text, action text, status booking.reservation_status, resource text, outcome text);
grant all on asked to public;
do $$
declare
  v_who text;
begin
  foreach v_who in array '{member, colleague, approver, manager, admin}'::text[] loop
    perform tests.be(v_who);
    insert into asked
    select v_who, action, status, resource,
           pg_temp.outcome(format('api.%s(tests.id(%L))', case action when 'extend_hold' then action else action || '_reservation' end, format('%s on the %s', status, resource)))
      from statuses, unnest('{room, stage}'::text[]) resource, unnest('{confirm, approve, reject, cancel, check_in, complete, pencil, extend_hold}'::text[]) action;
  end loop;
  perform tests.be_dba();
end
$$;
select is(outcome, pg_temp.expected(who, action, status, resource), format('%s of %s on the %s by %s: %s', action, status, resource, who, pg_temp.expected(who, action, status, resource)))
  from asked;
select is_empty($$ select proname from pg_proc
                    where pronamespace = 'api'::regnamespace and provolatile = 'v' and 'reservation_id' = any (proargnames)
                      and proname !~ '_series$' and proname not in ('update_reservation', 'reschedule_reservation', 'start_payment')
                      and regexp_replace(proname, '_reservation$', '') not in (select action from asked) $$, 'no action is forgotten');

-- What anybody could bring about at all, of what costs nothing
select set_eq($$ select distinct who, status::text, split_part(outcome, ' ', 1) from asked where outcome ~ ' ' and action <> 'extend_hold' $$,
  $$ select who, from_status::text, to_status::text from legal, unnest('{member, approver, manager, admin}'::text[]) who
      where from_status is not null and min_role is not null and action <> 'bill' and (who in ('manager', 'admin') or (who = 'member') = (min_role = 'member')) $$,
  'each role makes its moves, all of them, and nobody those of time');

-- How anybody could begin
create temp table begun (who text, status text, resource text, outcome text);
grant all on begun to public;
do $$
declare
  v_who text;
begin
  foreach v_who in array '{member, colleague, approver, manager, admin}'::text[] loop
    perform tests.be(v_who);
    insert into begun
    select v_who, status, resource, pg_temp.outcome(format('api.create_reservation(tests.id(%L), tests.at(''16:00''), tests.at(''17:00''), %L)', resource, status))
      from statuses, unnest('{room, stage}'::text[]) resource;
  end loop;
  perform tests.be_dba();
end
$$;
select is(outcome, coalesce(l.to_status || ' ' || l.event_type, 'invalid_argument'), format('%s begins %s on the %s: %s', who, b.status, resource, coalesce(l.to_status::text, 'invalid_argument')))
  from begun b
  left join legal l on l.from_status is null and b.status <> 'pending' and l.to_status::text = case when b.status = 'confirmed' and resource = 'stage' then 'pending' else b.status end;

-- What has expired
select throws_ok(call, 'PT409', 'hold_expired', 'what has expired is over:' || call)
  from (values ($$ select tests.be('member'), api.update_reservation(tests.id('expired on the room'), 'x') $$),
               ($$ select tests.be('member'), api.reschedule_reservation(tests.id('expired on the room'), tests.at('16:00'), tests.at('17:00')) $$),
               ($$ select tests.be('manager'), api.confirm_reservation(tests.id('expired on the room'), override => true, reason => 'why') $$)) as calls (call);
select throws_ok(format('select tests.be(''member''), api.reschedule_reservation(tests.id(%L), tests.at(''16:00''), tests.at(''17:00''))', status || ' on the room'),
  'PT409', 'invalid_transition', 'what is over does not move: ' || status) from unnest('{completed, rejected, cancelled, no_show, displaced}'::text[]) status;

select is(tests.details($$ select tests.be('member'), api.confirm_reservation(tests.id('pending on the room')) $$),
  '{"status": "pending", "action": "confirm", "possible_actions": ["approve", "reject", "cancel"]}',
  'a refusal says what is possible');
select is(tests.details($$ select tests.be('member'), api.pencil_reservation(tests.id('confirmed on the room')) $$) -> 'possible_actions', '["check_in", "complete", "cancel"]', 'but not what only time does');

select * from finish();
rollback;
