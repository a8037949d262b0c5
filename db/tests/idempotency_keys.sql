-- One key, one effect, one response.
begin;
select no_plan();
select tests.world();
select tests.reserve('a', 'room', '13:00', '14:00');

create function pg_temp.send(key text) returns void language sql
as $$
  select set_config('request.headers', jsonb_build_object('idempotency-key', key)::text, true);
  select set_config('response.headers', '', true);
$$;
-- Without an id of its own, so that two effects would be two reservations.
create function pg_temp.book(clock text default '09:00', key text default 'k1') returns jsonb language sql
as $$
  select pg_temp.send(key);
  select to_jsonb(r) from api.create_reservation(tests.id('room'), tests.at(clock), tests.at(clock) + interval '1 hour') r;
$$;

select tests.be('member');
create temp table first as select pg_temp.book() as answer;
select is(current_setting('response.headers'), '', 'the first answer is not a replay');
create temp table before as select tests.digest();
select is(pg_temp.book(), answer, 'the same key again: the same answer') from first;
select is(current_setting('response.headers'), '[{"Idempotency-Replayed": "true"}]', 'marked as a replay');
select is(tests.digest(), digest, 'and no second effect') from before;
select is(tests.answer($$ select pg_temp.book('10:00') $$) - 'hint', '{"code": "PT422", "message": "idempotency_key_reused", "details": {}}', 'the same key for another request is refused');
select is(tests.answer($$ select pg_temp.send('k1'), api.cancel_reservation(tests.id('a')) $$) ->> 'message', 'idempotency_key_reused', 'or for another function');
select is(tests.answer($$ select pg_temp.book('09:00', 'k2') $$) ->> 'message', 'slot_taken', 'another key is another request');
select is(tests.digest(), digest, 'a refusal is not kept') from before;
select isnt(pg_temp.book('11:00', 'k2'), null, 'so that its key may try again');
select throws_ok(format('select pg_temp.book(''15:00'', %L)', key), 'PT400', 'invalid_argument', length(key) || ' characters are no key')
  from unnest(array['', repeat('x', 256)]) key;
select isnt(pg_temp.book('15:00', repeat('x', 255)), null, '255 are');

-- Whose key
select tests.be('colleague');
select is(pg_temp.book('16:00') ->> 'owner_id', tests.id('colleague')::text, 'a key is its user''s: another''s k1 is another request');
select is(current_setting('response.headers'), '', 'and no replay');
select tests.be('stranger');
select is(tests.answer($$ select pg_temp.book() $$) ->> 'message', 'not_found', 'in another tenant, too');
select tests.be('manager');
select throws_ok('select * from booking.idempotency_keys', '42501', null, 'the answers kept are nobody''s to read');
select tests.be_dba();
delete from booking.members where user_id = tests.id('member');
select tests.be('member');
select throws_ok('select pg_temp.book()', 'PT403', 'forbidden', 'who is no member any more gets no replay either');
select tests.be_dba();
insert into booking.members (tenant_id, user_id) values (tests.id('acme'), tests.id('member'));

-- Every function that changes something: the second answer equals the first, and changes nothing.
select tests.reserve('t', 'studio', '09:00', '10:00', 'tentative', 'manager');
select tests.reserve('p', 'stage', '09:00', '10:00', 'pending');
select tests.reserve('q', 'stage', '09:00', '10:00', 'pending');
select tests.reserve('h', 'desks', '09:00', '10:00', 'held');
select tests.reserve('s', 'desks', '09:00', '10:00', 'held');
select tests.reserve('in', 'desks', '07:30', '08:30');
select tests.reserve('out', 'desks', '07:30', '08:30');
select tests.be('manager');
select lives_ok(format('select api.join_waitlist(tests.id(''studio''), tests.at(''08:00'', %s), tests.at(''09:00'', %1$s), id => tests.id(''w%1$s''))', n), 'offer ' || n) from generate_series(21, 23) n;
select tests.be_dba();
insert into booking.blackouts (tenant_id, id, resource_id, starts_at, ends_at)
select tests.id('acme'), tests.id(name), tests.id('studio'), tests.at('20:00'), tests.at('21:00') from unnest('{b1, b2}'::text[]) name;
insert into booking.calendar_feeds (tenant_id, id, user_id, token_hashes) values (tests.id('acme'), tests.id('feed'), tests.id('manager'), '{}');
insert into booking.bundles (tenant_id, id, owner_id) select tests.id('acme'), tests.id(name), tests.id('manager') from unnest('{u1, u2, u3, u4, u5}'::text[]) name;
select tests.reserve('of ' || name, resource, starts, ends, status::booking.reservation_status, 'manager')
  from (values ('u1', 'room', '18:00', '19:00', 'held'), ('u2', 'stage', '18:00', '19:00', 'pending'), ('u3', 'stage', '18:00', '19:00', 'pending'),
               ('u4', 'room', '19:00', '20:00', 'confirmed'), ('u5', 'room', '20:00', '21:00', 'confirmed')) as s (name, resource, starts, ends, status);
update booking.reservations set bundle_id = tests.id(right(title, 2)) where title like 'of u_';
select tests.recur('r1', 'FREQ=DAILY;COUNT=2', local_start => '2030-03-10 09:00', owner => 'manager');
select tests.recur('r2', 'FREQ=DAILY;COUNT=2', local_start => '2030-03-20 09:00', owner => 'manager', status => 'tentative');
select tests.recur(name, 'FREQ=DAILY;COUNT=2', 'stage', owner => 'manager', status => 'pending') from unnest('{r3, r4}'::text[]) name;
select tests.reserve('y', 'studio', '22:00', '23:00', 'held', 'manager');
update booking.reservations set payment_status = 'unpaid', amount_due = 1, currency = 'ZAR' where id = tests.id('y');
insert into booking.webhook_endpoints (tenant_id, id, url) select tests.id('acme'), tests.id(name), 'https://example.org' from unnest('{e1, e2}'::text[]) name;
insert into booking.webhook_secrets (tenant_id, endpoint_id, number, secret) select tenant_id, id, 1, booking.make_secret() from booking.webhook_endpoints;
insert into booking.payments (tenant_id, id, owner_id, provider, status, amount, currency, refund_amount, provider_reference)
values (tests.id('acme'), tests.id('z'), tests.id('manager'), 'payfast', 'refund_due', 1, 'ZAR', 1, 'r');
create temp table calls as
select call, 'twice ' || call as key
  from (values
    ($$ create_reservation(tests.id('studio'), tests.at('12:00'), tests.at('13:00')) $$), ($$ confirm_reservation(tests.id('t')) $$),
    ($$ approve_reservation(tests.id('p')) $$), ($$ reject_reservation(tests.id('q')) $$), ($$ cancel_reservation(tests.id('a')) $$),
    ($$ reschedule_reservation(tests.id('t'), tests.at('10:00'), tests.at('11:00')) $$),
    ($$ extend_hold(tests.id('h')) $$), ($$ pencil_reservation(tests.id('s'), pencil_ttl => '30 hours') $$), ($$ check_in_reservation(tests.id('in')) $$),
    ($$ complete_reservation(tests.id('out')) $$), ($$ update_reservation(tests.id('in'), 'x') $$),
    ($$ move_reservations(jsonb_build_array(jsonb_build_object('reservation_id', tests.id('t'), 'starts_at', '2030-01-07T16:00Z', 'ends_at', '2030-01-07T17:00Z'))) $$),
    ($$ sync_reservations(jsonb_build_array(jsonb_build_object('op', 'create', 'id', tests.id('synced'), 'resource_id', tests.id('studio'), 'starts_at', '2030-01-07T14:00Z', 'ends_at', '2030-01-07T15:00Z'))) $$),
    ($$ update_my_profile('Max', 'max@example.org', true) $$), ($$ revoke_calendar_feed(tests.id('feed')) $$),
    ($$ create_bundle(jsonb_build_array(jsonb_build_object('resource_id', tests.id('studio'), 'starts_at', '2030-01-07T18:00Z', 'ends_at', '2030-01-07T19:00Z'))) $$),
    ($$ join_waitlist(tests.id('studio'), tests.at('08:00', 24), tests.at('09:00', 24)) $$), ($$ accept_offer(tests.id('w21')) $$), ($$ decline_offer(tests.id('w22')) $$), ($$ leave_waitlist(tests.id('w23')) $$),
    ($$ confirm_bundle(tests.id('u1')) $$), ($$ approve_bundle(tests.id('u2')) $$), ($$ reject_bundle(tests.id('u3')) $$),
    ($$ cancel_bundle(tests.id('u4')) $$), ($$ reschedule_bundle(tests.id('u5'), '1 hour') $$),
    ($$ create_blackout(array[tests.id('room')], tests.at('22:00'), tests.at('23:00')) $$), ($$ lift_blackout(tests.id('b1')) $$),
    ($$ reschedule_blackout(tests.id('b2'), tests.at('21:00'), tests.at('22:00')) $$),
    ($$ create_series(tests.id('room'), 'FREQ=DAILY;COUNT=2', '2030-03-01 09:00', '1 hour') $$), ($$ reschedule_series(tests.id('r1'), shift => '1 hour') $$),
    ($$ update_series(tests.id('r1'), title => 'x') $$), ($$ cancel_series(tests.id('r1')) $$), ($$ confirm_series(tests.id('r2')) $$),
    ($$ approve_series(tests.id('r3')) $$), ($$ reject_series(tests.id('r4')) $$),
    ($$ start_payment(tests.id('y')) $$), ($$ record_refund(tests.id('z')) $$),
    ($$ create_webhook_endpoint('https://example.org/new') $$), ($$ update_webhook_endpoint(tests.id('e1'), description => 'x') $$),
    ($$ rotate_webhook_secret(tests.id('e1')) $$), ($$ send_test_event(tests.id('e1')) $$),
    ($$ replay_webhook_deliveries(tests.id('e1'), tests.at('00:00')) $$), ($$ delete_webhook_endpoint(tests.id('e2')) $$)) as calls (call);
select set_eq($$ select substring(call from '\w+') from calls $$,
  $$ select proname::text from pg_proc where pronamespace = 'api'::regnamespace and provolatile = 'v' and proname !~ '^(preview|check_reservation)_|^list_events$' and proname not in ('create_calendar_feed', 'erase_member') $$,
  'none is forgotten, but for what changes nothing, and two that calendar_feeds.sql and members.sql tell of');
create function pg_temp.call(call text) returns jsonb language plpgsql
as $$
declare v_answer jsonb;
begin
  execute 'select to_jsonb(r) from api.' || call || ' r' into v_answer;
  return v_answer;
end
$$;
-- PostgREST lets a request choose the first of these by Prefer: timezone; a login may have the others of its own.
create function pg_temp.write_values_as(zone text, dates text, intervals text, digits text) returns void language sql
as $$
  select set_config('timezone', zone, true), set_config('datestyle', dates, true), set_config('intervalstyle', intervals, true), set_config('extra_float_digits', digits, true);
$$;
create function pg_temp.repeats(call text) returns boolean language plpgsql
as $$
declare
  v_first jsonb;
  v_before text;
begin
  perform tests.be(case when call ~ 'webhook|test_event' then 'admin' else 'manager' end);
  perform pg_temp.send('twice ' || left(call, 50));
  v_first := pg_temp.call(call);
  v_before := tests.digest();
  perform pg_temp.write_values_as('Asia/Kathmandu', 'SQL, DMY', 'sql_standard', '-3');
  perform pg_temp.call(call);
  perform pg_temp.write_values_as('UTC', 'ISO, MDY', 'postgres', '1');
  if current_setting('response.headers') not like '%Replayed%' then
    return false;
  end if;
  perform pg_temp.send('twice ' || left(call, 50));
  return v_first = pg_temp.call(call) and tests.digest() = v_before and current_setting('response.headers') like '%Replayed%';
end
$$;
select ok(pg_temp.repeats(call), 'once, however often it is sent, and however values are written:' || call) from calls;

-- A hold that has expired since is still answered for as it was.
select tests.be('manager');
select tests.clock('08:45');
select is(repeated ->> 'status', 'held', 'a replay tells what was, whatever time has done since')
  from (select pg_temp.send('twice  extend_hold(tests.id(''h'')) ')) s, pg_temp.call($$ extend_hold(tests.id('h')) $$) repeated;
select pg_temp.send('none');
select is(tests.answer($$ select api.extend_hold(tests.id('h')) $$) ->> 'message', 'hold_expired', 'though another key is told');
select tests.clock('08:00');

-- Rows inserted through a view
select pg_temp.send('rows');
create temp table inserted (id uuid, n integer);
with new as (insert into api.resources (name) values ('n1'), ('n2') returning id) insert into inserted select id, 1 from new;
select set_config('booking.inserted_rows', '', true);
with new as (insert into api.resources (name) values ('n1'), ('n2') returning id) insert into inserted select id, 2 from new;
select set_eq('select id from inserted where n = 1', 'select id from inserted where n = 2', 'a bulk insert through a view is repeated row by row');
select is(count(*), 2::bigint, 'and has its effect once') from api.resources where name in ('n1', 'n2');

-- What shows others is repeated to nobody who may no longer see it: of every function, whatever it answers.
create function pg_temp.replayed(call text) returns jsonb language plpgsql
as $$
begin
  perform pg_temp.send('twice ' || left(call, 50));
  return pg_temp.call(call);
exception
  when others then return jsonb_build_object('refused', sqlerrm);
end
$$;
create function pg_temp.owners_in(answer jsonb, who text) returns bigint language sql
as $$ select count(*) from jsonb_path_query(answer, 'strict $.**.owner_id', silent => true) o where o #>> '{}' is distinct from tests.id(who)::text $$;
create temp table keys (call text, shows_others boolean);
grant all on keys to public;
select tests.be_dba();
insert into keys
select c.call, k.owner_ids is not null
  from calls c join booking.idempotency_keys k on k.user_id = tests.id('manager') and k.key = 'twice ' || left(c.call, 50);
select cmp_ok(count(*), '>', 7::bigint, 'many of them acted on what others own') from keys where shows_others;
update booking.members set role = 'member' where user_id = tests.id('manager');
select tests.be('manager');
select is(pg_temp.owners_in(answer, 'manager'), 0::bigint, 'once a member, a manager is shown nothing of others by a replay:' || call)
  from keys, pg_temp.replayed(call) answer;
select is(answer, '{"refused": "forbidden"}', 'but refused:' || call) from keys, pg_temp.replayed(call) answer where shows_others;
select is(answer ->> 'owner_id', tests.id('manager')::text, 'what was their own is repeated') from pg_temp.replayed(' create_reservation(tests.id(''studio''), tests.at(''12:00''), tests.at(''13:00'')) ') answer;
select is_empty($$ select from jsonb_array_elements(api.export_my_data() -> 'idempotency_keys') k where pg_temp.owners_in(k, 'manager') > 0 $$, 'nor does the export tell of others');
select tests.be_dba();
update booking.members set role = 'approver' where user_id = tests.id('manager');
select tests.be('manager');
select is(answer ->> 'id', tests.id('p')::text, 'an approver sees it again') from pg_temp.replayed(' approve_reservation(tests.id(''p'')) ') answer;

-- Titles of what was in the way
select tests.be_dba();
select tests.book('Ada''s operation', 'room', tests.at('09:00', 40), tests.at('10:00', 40), owner => 'member');
select tests.be('manager');
select pg_temp.send('conflicts');
select is(answer #>> '{rejected,0,code}', 'slot_taken', 'a series is told that something is in the way')
  from api.create_series(tests.id('room'), 'FREQ=DAILY;COUNT=2', tests.at('09:00', 39) at time zone 'UTC', '1 hour', on_conflict => 'skip') answer;
select pg_temp.send('list');
select is(answer #>> '{0,error,message}', 'slot_taken', 'and so is a queue')
  from api.sync_reservations(jsonb_build_array(jsonb_build_object('op', 'create', 'id', tests.id('queued'), 'resource_id', tests.id('room'), 'starts_at', tests.at('09:00', 40), 'ends_at', tests.at('10:00', 40)))) answer;
select tests.be_dba();
select is_empty($$ select from booking.synced_operations where error::text like '%Ada%' union all select from booking.idempotency_keys where response::text like '%Ada%' $$, 'but what it is, is kept nowhere');
select tests.be('manager');
select pg_temp.send('metadata');
create function pg_temp.describe() returns jsonb language sql
as $$ select to_jsonb(r) from api.create_reservation(tests.id('studio'), tests.at('09:00', 41), tests.at('10:00', 41), metadata => '{"owner_id": "elsewhere"}') r $$;
select is(pg_temp.describe(), pg_temp.describe(), 'metadata says nothing of who owns it');

-- Erasure reaches what others were answered, and their requests stay done.
select tests.be('admin');
select pg_temp.send('erase');
select lives_ok($$ select api.erase_member(tests.id('member')) $$, 'a member is erased');
select tests.be_dba();
update booking.members set role = 'manager' where user_id = tests.id('manager');
select is_empty($$ select from booking.idempotency_keys where response::text like '%' || tests.id('member') || '%' and operation <> 'erase_member' $$, 'no answer shows them any more');
select is_empty($$ select from booking.idempotency_keys where response::text like '%Ada%' $$, 'nor what they wrote');
select tests.be('manager');
select is(answer, '{"refused": "not_found"}', 'the approval is not repeated') from pg_temp.replayed(' approve_reservation(tests.id(''p'')) ') answer;
select tests.be_dba();
select is((tests.reservation('p')).status, 'confirmed', 'and stays');

select * from finish();
rollback;
