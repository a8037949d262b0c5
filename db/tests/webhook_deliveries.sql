-- The queue: every event to every endpoint that wants it, in order for each thing, again until it succeeds or is given up.
begin;
select no_plan();
select tests.world();
select tests.be_dba();
insert into booking.webhook_endpoints (tenant_id, id, url, event_types, created_by, after_seq)
select tests.id(tenant), tests.id(name), 'https://example.org/' || name, types::text[], tests.id('admin'), 0
  from (values ('acme', 'all', '{*}'), ('acme', 'blackouts', '{blackout.*}'), ('acme', 'confirmed', '{reservation.confirmed,series.*}'), ('acme', 'disabled', '{*}'), ('globex', 'theirs', '{*}')) e (tenant, name, types);
insert into booking.webhook_secrets (tenant_id, endpoint_id, number, secret) select tenant_id, id, 1, booking.make_secret() from booking.webhook_endpoints;
update booking.webhook_endpoints set disabled_at = now(), disabled_reason = 'x' where id = tests.id('disabled');
-- One made after all that happens here.
insert into booking.webhook_endpoints (tenant_id, id, url, after_seq) values (tests.id('acme'), tests.id('later'), 'https://example.org/later', 1000000);

create function pg_temp.queue() returns setof text language sql as $$
  select format('%s %s %s%s', (select w.url from booking.webhook_endpoints w where w.id = d.endpoint_id), d.event_type, d.status, case when d.next_attempt_at is null then '' else to_char(d.next_attempt_at, ' HH24:MI:SS') end)
    from booking.webhook_deliveries d order by 1, seq
$$;
create function pg_temp.story(endpoint text) returns text language sql as $$
  select string_agg(format('%s %s%s', split_part(event_type, '.', 2), status, case when next_attempt_at is null then '' when lease_until > booking.now() then ' under way' when next_attempt_at <= booking.now() then ' due' else ' later' end), ', ' order by seq)
    from booking.webhook_deliveries where endpoint_id = tests.id(endpoint)
$$;
-- Claims all there is and tells that this came of it: how many there were.
create function pg_temp.attempt(status integer, error text default null, latency integer default 10, retry_after integer default null) returns text language sql as $$
  select string_agg(coalesce(booking.record_attempt(tenant_id, endpoint_id, delivery_id, lease_until, status, latency, error, 'body', retry_after), 'lost'), ', ')
    from booking.claim_deliveries(100, 100)
$$;

select tests.sequence();
update booking.event_consumers set position = booking.last_position() where name = 'webhooks';
select tests.reserve('a', 'room', '09:00', '10:00', 'held', expires => '12:00');
update booking.reservations set status = 'confirmed' where id = tests.id('a');
select tests.reserve('b', 'studio', '09:00', '10:00');
select tests.close('shut', 'desks', '09:00', '10:00');
select tests.reserve('t', 'theirs', '09:00', '10:00', owner => 'stranger');
select tests.sequence();
select results_eq('select * from booking.fan_out_events(3)', 'values (3, 5)', 'a batch of the log');
select results_eq('select * from booking.fan_out_events()', 'values (2, 3)', 'and the rest');
select results_eq('select * from booking.fan_out_events()', 'values (0, 0)', 'each once');
select set_eq('select * from pg_temp.queue()', array[
  'https://example.org/all reservation.held pending 08:00:00', 'https://example.org/all reservation.confirmed pending', 'https://example.org/all reservation.confirmed pending 08:00:00',
  'https://example.org/all blackout.created pending 08:00:00', 'https://example.org/blackouts blackout.created pending 08:00:00', 'https://example.org/confirmed reservation.confirmed pending 08:00:00',
  'https://example.org/theirs reservation.confirmed pending 08:00:00'],
  'to every live endpoint that wants it and was there before; of one reservation the first is due');

-- Claimed
insert into booking.webhook_secrets (tenant_id, endpoint_id, number, secret, expires_at) values (tests.id('globex'), tests.id('theirs'), 0, booking.make_secret(), tests.at('08:00')), (tests.id('globex'), tests.id('theirs'), -1, booking.make_secret(), tests.at('08:01'));
select is(booking.type_patterns(array['a_b.*', '*']), array['a\_b.%', '%'], 'globs are patterns, their own wildcard escaped');
create temp table claimed as select * from booking.claim_deliveries(100, 100);
select is(array_agg(url order by url), array['https://example.org/all', 'https://example.org/blackouts', 'https://example.org/confirmed', 'https://example.org/theirs'], 'an endpoint that has not proved quick gets one at a time') from claimed;
select is(count(*), 4::bigint, 'which is said, with a lease of 20 s') from claimed where is_slow and lease_until = tests.at('08:00') + interval '20 s';
create temp table others as select * from booking.claim_deliveries(100, 100, array[tests.id('blackouts')]);
select is(secrets, array(select secret from booking.webhook_secrets where endpoint_id = tests.id('theirs') and number in (-1, 1) order by number desc), 'with the secrets that are good, the present one first') from claimed where url like '%/theirs';
select is_empty($$ select from booking.webhook_secrets where number = 0 $$, 'one whose time is over is gone');
select is_empty('select delivery_id from claimed intersect select delivery_id from others', 'none is claimed twice');
select is(count(*), 1::bigint, 'and none of an endpoint that has one under way') from booking.claim_deliveries(100, 100, array(select endpoint_id from claimed where url not like '%/all'));
select is(payload, (select format('{"id":"%s","type":"%s","tenant_id":"%s","occurred_at":"2030-01-07T08:00:00+00:00","actor_id":null,"cursor":"%s","data":%s}', e.id, e.type, e.tenant_id, e.id, booking.event_data(e)) from booking.events e where e.id = event_id),
  'the payload is the event as the log shows it') from claimed where url like '%/theirs';
select set_config('timezone', 'Asia/Tokyo', true);
select tests.clock('08:00:20');
select is((select c.payload from booking.claim_deliveries(100, 100) c where c.url like '%/theirs'), payload, 'when its lease is over it is anybody''s, and the same whoever asks') from claimed where url like '%/theirs';
select is(booking.record_attempt(tenant_id, endpoint_id, delivery_id, lease_until, 200, 5, null, 'late'), null, 'who comes too late is not heard') from claimed where url like '%/theirs';
set local timezone = 'UTC';
select tests.clock('08:00:40');
select is(pg_temp.attempt(204), 'delivered, delivered, delivered, delivered', 'delivered');
select is(pg_temp.story('all'), 'held delivered, confirmed pending due, confirmed pending due, created pending due', 'then the next about the same thing is due');
select is((select count(*) from booking.claim_deliveries(3, 0)), 3::bigint, 'one that is quick gets more at a time, as many as can be made');
select is((select count(*) from booking.claim_deliveries(0, 100)), 0::bigint, 'quick ones take no place of the slow');
select tests.clock('08:01:00');
select is(pg_temp.attempt(200), 'delivered, delivered, delivered, delivered', 'all of it');
select is((select count(*) from booking.webhook_deliveries where status <> 'delivered'), 0::bigint, 'nothing is left');
select is((select array[d.attempts::text, d.response_status::text, d.latency_ms::text, d.error, d.response_body] from booking.webhook_deliveries d where d.endpoint_id = tests.id('theirs')), array['1', '204', '10', null, 'body'], 'what came of it is kept');

-- The schedule of retries, and the order meanwhile
update booking.webhook_endpoints set disabled_at = now(), disabled_reason = 'x' where id in (tests.id('blackouts'), tests.id('confirmed'), tests.id('theirs'));
select tests.sequence();
update booking.event_consumers set position = booking.last_position() where name = 'webhooks';
update booking.reservations set title = 'x' where id = tests.id('a');
update booking.reservations set title = 'y' where id = tests.id('a');
select tests.sequence(), booking.fan_out_events();
do $$
declare
  v_next timestamptz;
  v_delay interval;
begin
  foreach v_delay in array '{5 seconds, 5 minutes, 30 minutes, 2 hours, 5 hours, 10 hours, 14 hours, 20 hours, 24 hours}'::interval[] loop
    if pg_temp.attempt(500, 'answered 500') <> 'retrying' or pg_temp.story('all') not like '%updated retrying later, updated pending' then
      raise exception 'it is %', pg_temp.story('all');
    end if;
    select next_attempt_at into v_next from booking.webhook_deliveries where status = 'retrying';
    if v_next - booking.now() not between v_delay and v_delay * 1.1 then
      raise exception '% instead of %', v_next - booking.now(), v_delay;
    end if;
    perform set_config('booking.now', (v_next - interval '1 ms')::text, true);
    if pg_temp.attempt(500, 'answered 500') is not null then
      raise exception 'too early';
    end if;
    perform set_config('booking.now', v_next::text, true);
  end loop;
end
$$;
select pass('nine retries, each in its time and up to a tenth later, while what follows waits');
select is(pg_temp.attempt(500, 'answered 500'), 'dead', 'then it is given up');
select matches(pg_temp.story('all'), 'updated dead, updated pending due$', 'and the next has its turn');
select is(attempts, 10, 'after ten attempts') from booking.webhook_deliveries where status = 'dead';
select isnt(failing_since, null, 'the endpoint has been failing') from booking.webhook_endpoints where id = tests.id('all');
select is(pg_temp.attempt(500, 'answered 500'), 'retrying', 'the next fails as well');
select is((select count(*) from booking.claim_deliveries(100, 0)), 0::bigint, 'one that fails is not quick');
select set_config('booking.now', (booking.now() + interval '6 s')::text, true);
select is(pg_temp.attempt(200), 'delivered', 'a success');
select is(failing_since, null, 'ends the run of failures') from booking.webhook_endpoints where id = tests.id('all');

-- Retry-After
select tests.clock('08:00', 20);
select tests.be('admin');
select is((api.send_test_event(tests.id('all'))).status, 'pending', 'a test');
select tests.be_dba();
select is(pg_temp.attempt(503, 'answered 503', retry_after => 3600), 'retrying', 'it asks for an hour');
select is(next_attempt_at, tests.at('09:00', 20), 'and has it') from booking.webhook_deliveries where status = 'retrying';
select tests.clock('09:00', 20);
select is(pg_temp.attempt(429, 'answered 429', retry_after => 1), 'retrying', 'it asks for a second');
select cmp_ok(next_attempt_at, '>=', tests.at('09:05', 20), 'and gets what is usual') from booking.webhook_deliveries where status = 'retrying';
select tests.clock('10:00', 20);
select is(pg_temp.attempt(429, 'answered 429', retry_after => 1000000), 'retrying', 'it asks for too much');
select is(next_attempt_at, tests.at('10:00', 21), 'and gets a day') from booking.webhook_deliveries where status = 'retrying';

-- A test is for one endpoint, whatever it wants
select tests.be('admin');
select is((api.send_test_event(tests.id('later'))).event_type, 'webhook_endpoint.test', 'another test');
select is((api.send_test_event(tests.id('later'))).next_attempt_at, tests.at('10:00', 20), 'which does not wait for one that failed');
select tests.be_dba();
select tests.sequence();
select is((select deliveries from booking.fan_out_events()), 0, 'the log gives it to nobody else');

-- Slow
select tests.clock('10:00', 22);
select is(pg_temp.attempt(200, latency => 1001), 'delivered, delivered', 'one a round');
select is((select is_slow from booking.claim_deliveries(100, 100)), true, 'one that took more than a second is slow');

-- Replay
select tests.clock('10:00', 23);
select pg_temp.attempt(200);
update booking.webhook_endpoints set after_seq = 0 where id = tests.id('later');
select tests.be('admin');
select is(api.replay_webhook_deliveries(tests.id('later'), event_ids => array(select id from booking.events where reservation_id = tests.id('a') union all select id from booking.events where tenant_id = tests.id('globex') union all select tests.id('none'))),
  jsonb_build_object('endpoint_id', tests.id('later'), 'replayed', 4), 'what happened before it was there, though nothing of others');
select tests.be_dba();
select is(pg_temp.story('later'), 'held pending due, confirmed pending, updated pending, updated pending, test delivered, test delivered', 'in order');
select tests.be('admin');
select is(api.replay_webhook_deliveries(tests.id('all'), since => tests.at('08:00')) -> 'replayed', to_jsonb((select count(*) from booking.events where tenant_id = tests.id('acme') and occurred_at >= tests.at('08:00') and type <> 'webhook_endpoint.test')), 'all since a time');
select tests.be_dba();
select is(count(distinct event_id), count(*), 'each once') from booking.webhook_deliveries where endpoint_id = tests.id('all');
select alike(pg_temp.story('all'), '%held pending due, confirmed pending, confirmed pending due, created pending due, %updated pending, updated pending%', 'what was delivered, again');
select is_empty('select * from booking.verify_invariants() where invariant = 5', 'of each thing one is in turn');
update booking.webhook_deliveries set next_attempt_at = null where endpoint_id = tests.id('later');
select results_eq('select distinct invariant, subject_id from booking.verify_invariants() where invariant = 5', $$values (5, tests.id('later'))$$, 'or it is found');
select throws_ok($$ update booking.webhook_deliveries set next_attempt_at = now() where endpoint_id = tests.id('later') and status = 'pending' $$, '23505', null, 'two about one thing can never be in turn');
update booking.webhook_deliveries d set next_attempt_at = booking.now() where endpoint_id = tests.id('later') and event_type = 'reservation.held';

-- Disabled by what it answers
select is(pg_temp.story('theirs'), 'confirmed delivered', 'others have had theirs');
create temp table gone as select c.*, booking.record_attempt(tenant_id, endpoint_id, delivery_id, lease_until, 410, 5, 'answered 410', '') as outcome from booking.claim_deliveries(100, 100) c where endpoint_id = tests.id('later');
select is(outcome, 'dead', '410') from gone;
select is(disabled_reason, 'it answered 410 Gone', 'disables at once') from booking.webhook_endpoints where id = tests.id('later');
select is(pg_temp.story('later'), 'held dead, confirmed dead, updated dead, updated dead, test delivered, test delivered', 'and nothing more is sent');
select results_eq($$ select owner_id, actor_id, reason, subject ->> 'origin', booking.event_data(e) -> 'webhook_endpoint' ->> 'id' from booking.events e where type = 'webhook_endpoint.disabled' order by seq desc limit 1 $$,
  $$ select null::uuid, null::uuid, 'it answered 410 Gone', 'https://example.org', tests.id('later')::text $$, 'an event tells');

-- Disabled after five days
update booking.webhook_endpoints set failing_since = booking.now() - interval '5 days' + interval '1 min', last_attempt_at = booking.now() - interval '1 day' where id = tests.id('all');
select tests.clock('10:01', 23);
select is((select booking.record_attempt(tenant_id, endpoint_id, delivery_id, lease_until, 500, 5, 'answered 500', '') from booking.claim_deliveries(100, 100)), 'retrying', 'five days are over');
select is(disabled_reason, 'every attempt of 5 days failed', 'disabled') from booking.webhook_endpoints where id = tests.id('all');
select is((select count(*) from booking.events where type = 'webhook_endpoint.disabled' and subject ->> 'id' = tests.id('all')::text), 1::bigint, 'with an event');
select tests.be('admin');
select lives_ok($$ select api.update_webhook_endpoint(tests.id('all'), is_enabled => true), api.replay_webhook_deliveries(tests.id('all'), '2030-01-01') $$, 'enabled and caught up with');
select tests.be_dba();
update booking.webhook_endpoints set failing_since = booking.now() - interval '9 days', last_attempt_at = booking.now() - interval '6 days' where id = tests.id('all');
select is((select booking.record_attempt(tenant_id, endpoint_id, delivery_id, lease_until, 500, 5, 'answered 500', '') from booking.claim_deliveries(100, 100)), 'retrying', 'a failure long after others');
select is(array[failing_since, disabled_at], array[booking.now(), null], 'begins anew') from booking.webhook_endpoints where id = tests.id('all');

-- How late
select is(booking.delivery_lag(), '0', 'who fails is not late');
update booking.webhook_endpoints set failing_since = null where id = tests.id('all');
select tests.clock('10:02', 23);
select is(booking.delivery_lag(), '1 minute', 'who is well is');
update booking.event_consumers set position = 0 where name = 'webhooks';
select is((select lag from booking.consumer_lag() where consumer = 'webhooks'), booking.now() - (select occurred_at from booking.events order by seq limit 1), 'a consumer that has taken nothing is as late as the log is old');

select * from finish();
rollback;
