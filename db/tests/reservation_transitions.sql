-- The state machine: exactly the moves of the table, by any road.
begin;
select no_plan();

-- Said again here, so that a change of the table is a decision.
create temp table legal (from_status booking.reservation_status, to_status booking.reservation_status, action text, min_role booking.member_role);
insert into legal values
  (null, 'tentative', 'create', 'member'), (null, 'pending', 'create', 'member'), (null, 'confirmed', 'create', 'member'),
  ('tentative', 'confirmed', 'confirm', 'member'), ('tentative', 'pending', 'submit', 'member'),
  ('pending', 'confirmed', 'approve', 'approver'), ('pending', 'rejected', 'reject', 'approver'),
  ('tentative', 'cancelled', 'cancel', 'member'), ('pending', 'cancelled', 'cancel', 'member'), ('confirmed', 'cancelled', 'cancel', 'member');
grant select on legal to public;
select set_eq('select from_status, to_status, action, min_role from booking.reservation_transitions', 'table legal', 'the table is the one decided');

select tests.world();

-- Every pair, by a DBA. Each status is put there behind the triggers' back.
create temp view statuses as select unnest(enum_range(null::booking.reservation_status)) as status;
grant select on statuses to public;
set local session_replication_role = replica;
select tests.reserve('as ' || status, 'room', '09:00', '10:00', status) from statuses;
set local session_replication_role = origin;

select is(
         tests.answer(format('update booking.reservations set status = %L where id = tests.id(%L)', t.status, 'as ' || f.status)) - 'hint',
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
select throws_ok($$ update booking.reservations set id = gen_random_uuid() where id = tests.id('as confirmed') $$,
  'PT400', 'invalid_argument', 'a reservation keeps its id');
select throws_ok($$ update booking.reservations set tenant_id = tests.id('globex') where id = tests.id('as confirmed') $$,
  'PT400', 'invalid_argument', 'and its tenant');

-- Every action of the api, by every role, from every status; the row is the member's own.
create function pg_temp.expected(who text, action text, from_status booking.reservation_status) returns text
language sql
as $$
  select case
      when who = 'colleague' then 'not_found'
      when l.action is null then 'invalid_transition'
      when l.min_role >= 'approver' and who = 'member' then 'forbidden'
      when l.min_role = 'member' and who = 'approver' then 'forbidden'
      end
    from (select) as one_row
    left join legal l on l.from_status = expected.from_status and l.action = expected.action
$$;
grant execute on function pg_temp.expected(text, text, booking.reservation_status) to public;

create temp table asked (who text, action text, status booking.reservation_status, message text);
grant all on asked to public;
do $$
declare
  v_who text;
begin
  foreach v_who in array '{member, colleague, approver, manager, admin}'::text[] loop
    perform tests.be(v_who);
    insert into asked
    select v_who, action, status,
           tests.answer(format('select * from api.%s_reservation(tests.id(%L))', action, 'as ' || status)) ->> 'message'
      from statuses, unnest('{confirm, approve, reject, cancel}'::text[]) action;
  end loop;
  perform tests.be_dba();
end
$$;
select is(message, pg_temp.expected(who, action, status),
          format('%s of %s by %s: %s', action, status, who, coalesce(pg_temp.expected(who, action, status), 'done')))
  from asked;

select is(tests.details($$ select tests.be('member'), api.confirm_reservation(tests.id('as pending')) $$),
  '{"status": "pending", "action": "confirm", "possible_actions": ["approve", "reject", "cancel"]}',
  'a refusal says what is possible');

select * from finish();
rollback;
