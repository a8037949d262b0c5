-- booking.prune_events: months of the log that a tenant keeps no longer go, and whoever would read over the gap is told.
begin;
select no_plan();
select tests.world();
update booking.event_consumers set position = 1000000; -- all have taken all
-- In January, March and May.
select tests.book('a', 'room', tests.at('09:00'), tests.at('10:00')), tests.book('old', 'studio', tests.at('09:00'), tests.at('10:00')), tests.book('gone', 'room', tests.at('11:00'), tests.at('12:00'));
select tests.close('lunch', 'desks', '12:00', '13:00'), tests.recur('s', 'FREQ=DAILY;COUNT=2', 'desks'), tests.book('wait', 'stage', '2030-09-01', '2030-09-02', 'pending');
insert into booking.waitlist_entries (tenant_id, id, resource_id, owner_id, starts_at, ends_at, expires_at)
values (tests.id('acme'), tests.id('w'), tests.id('room'), tests.id('colleague'), tests.at('09:00'), tests.at('10:00'), '2031-01-01');
insert into booking.payments (tenant_id, id, owner_id, provider, amount, currency) values (tests.id('acme'), tests.id('p'), tests.id('member'), 'payfast', 5, 'ZAR');
insert into booking.payment_items (tenant_id, payment_id, reservation_id, amount) values (tests.id('acme'), tests.id('p'), tests.id('a'), 5);
update booking.payments set status = 'failed', provider_reference = 'r';
update booking.reservations set status = 'completed' where id = tests.id('old');
delete from booking.reservations where id = tests.id('gone');
select tests.rule('stage', '{"approval_stale_after": "1 hour"}');
select tests.clock('09:30');
select is((select changes from booking.sweep() where event_type = 'approval.stale'), 1::bigint, 'an approval waits for too long');
select tests.clock('08:00', 60);
update booking.reservations set title = 'a2' where id = tests.id('a');
update booking.blackouts set reason = 'b2';
update booking.waitlist_entries set priority = 1;
update booking.series set title = 's2';
update booking.payments set status_reason = 'p2';
select tests.clock('08:00', 133);
update booking.reservations set title = 'a3' where id = tests.id('a');
create temp table log as select e.*, date_trunc('month', occurred_at, 'UTC') as month from booking.events e;
select tests.sequence();
create temp table cursors as select month, (array_agg(id::text order by seq desc))[1] as last from log where tenant_id = tests.id('acme') group by month;
grant select on log, cursors to public;

select is(booking.prune_events(1000), 0::bigint, 'events are kept for ever, unless a tenant says something else');
select throws_ok('delete from booking.events', '55000', null, 'and cannot be deleted');
update booking.tenants set events_retention = '80 days' where id = tests.id('acme');
select throws_ok('delete from booking.events', '55000', null, 'nor then, by hand');
select throws_ok($$ update booking.tenants set pruned_position = 1000000; delete from booking.events $$, '55000', null, 'nor what is young, by whoever says that the log begins later');
select throws_ok($$ update booking.tenants set events_retention = '1 hour' $$, '23514', null, 'a day at least');
savepoint whole;

-- It stops where somebody needs one still.
update booking.event_consumers set position = (select position from booking.event_positions where tenant_id = tests.id('acme') order by position offset 2 limit 1) where name = 'webhooks';
select is(booking.prune_events(1000), 3::bigint, 'a consumer is waited for');
select is(events_kept_since, '2030-03-01', 'and the rest is still there, though it may go any time') from booking.tenants where id = tests.id('acme');
update booking.event_consumers set position = 1000000;
insert into booking.webhook_endpoints (tenant_id, id, url, event_types) values (tests.id('acme'), tests.id('hook'), 'https://example.org', '{*}');
insert into booking.webhook_deliveries (tenant_id, endpoint_id, event_id, event_type, seq, subject_id, next_attempt_at)
select tenant_id, tests.id('hook'), id, type, seq, id, now() from log where tenant_id = tests.id('acme') order by seq offset 5 limit 1;
select is(booking.prune_events(1000), 2::bigint, 'so is a delivery');
update booking.webhook_deliveries set status = 'dead', next_attempt_at = null;
select is(booking.prune_events(4), 4::bigint, 'at most as many as asked for');
rollback to whole;

select is(booking.prune_events(1000), count(*), 'all of whole months that ended so long ago') from log where tenant_id = tests.id('acme') and month < '2030-03-01';
select set_eq('select id from booking.events', $$ select id from log where tenant_id <> tests.id('acme') or month >= '2030-03-01' $$, 'and no others');
select is(booking.prune_events(1000), 0::bigint, 'then nothing is left to do');
select is_empty('select * from booking.verify_invariants()', 'what is left is whole');

-- Nobody reads on over the gap.
select tests.be('approver');
select is(tests.answer(format('select api.list_events(%L)', cursor)) - 'hint', '{"code": "PT410", "message": "cursor_expired"}'::jsonb || jsonb_build_object('details', jsonb_build_object('after', cursor, 'kept_since', '2030-03-01T00:00:00+00:00')), 'a cursor from before is refused: ' || cursor)
  from (select '00000000-0000-7000-8000-000000000000' union select id::text from log where tenant_id = tests.id('acme') and seq < (select l.seq from log l join cursors c on c.last = l.id::text where c.month = '2030-01-01') limit 3) c (cursor);
select lives_ok(format('select api.list_events(%L)', last), 'that of the last that went, or a later one, is none') from cursors;
select lives_ok('select api.list_events()', 'without one it begins with what is there');
select tests.be('stranger');
select lives_ok('select api.list_events(''00000000-0000-7000-8000-000000000000'')', 'others'' logs go back as far as ever');

-- Nor are reports made of half a log.
select tests.be('manager');
select is(tests.answer('select ' || call) - 'hint', jsonb_build_object('code', 'PT400', 'message', 'invalid_argument', 'details', jsonb_build_object('argument', argument, 'kept_since', '2030-03-01T00:00:00+00:00')), 'refused: ' || call)
  from (values ($$api.availability_as_of(tests.id('room'), tests.at('09:00'), tests.at('10:00'), '2030-02-28 23:59+00')$$, 'at'),
               ($$api.booking_outcomes('2030-02-28', '2030-04-01')$$, 'starts_at')) calls (call, argument);
select lives_ok('select ' || call, 'answered: ' || call)
  from unnest(array[$$api.availability_as_of(tests.id('room'), tests.at('09:00'), tests.at('10:00'), '2030-03-01')$$, $$api.booking_outcomes('2030-03-01', '2030-04-01')$$,
                    $$api.resource_utilization('2030-01-01', '2030-02-01')$$, $$api.peak_hours('2030-01-01', '2030-02-01')$$]) call;
select is(array_agg(type), '{reservation.updated, reservation.updated}', 'a history is what is left of it') from api.reservation_history(tests.id('a'));
select is_empty($$ select from api.reservation_history(tests.id('old')) $$, 'nothing, perhaps');
select throws_ok($$ select api.reservation_history(tests.id('gone')) $$, 'PT404', 'not_found', 'of what is not there any more, neither');
select tests.be('colleague');
select throws_ok($$ select api.reservation_history(tests.id('old')) $$, 'PT404', 'not_found', 'nor of what is somebody else''s');
select tests.be('admin');
select lives_ok($$ select api.create_webhook_endpoint('https://example.org') $$, 'an endpoint');
select is(tests.answer(format('select api.replay_webhook_deliveries(%L, %L)', id, since)) -> 'details', details, format('deliveries are repeated since %s', since))
  from api.webhook_endpoints, (values ('2030-02-28', '{"argument": "since", "kept_since": "2030-03-01T00:00:00+00:00"}'::jsonb), ('2030-03-01', null)) s (since, details);
select tests.be_dba();
select is_empty($$ select from booking.sweep() where event_type = 'approval.stale' $$, 'what was told is not told again');
update booking.reservations set status = 'confirmed' where id = tests.id('wait');
update booking.waitlist_entries set status = 'left';
select is_empty('select * from booking.verify_invariants()', 'it goes on from there');

-- A fault among what is kept is found still; one before cannot be.
create function pg_temp.violations(fault text) returns text[] language plpgsql
as $$
declare v_found text[];
begin
  set local session_replication_role = replica;
  execute fault;
  select coalesce(array_agg(invariant || ' ' || n.name order by invariant, n.name), '{}') into v_found
    from booking.verify_invariants() v left join unnest('{a,old,lunch,s,w,p,new}'::text[]) n (name) on tests.id(n.name) = v.subject_id;
  raise exception using errcode = 'TT000';
exception
  when sqlstate 'TT000' then return v_found;
end
$$;
select tests.book('new', 'stage', '2030-07-01', '2030-07-02');
update booking.reservations set title = 'new2' where id = tests.id('new');
select is(pg_temp.violations(fault), found::text[], fault)
  from (values
    ($$ select $$, '{}'),
    ($$ delete from booking.events where reservation_id = tests.id('a') and subject ->> 'title' = 'a3' $$, '{4 a}'),
    ($$ delete from booking.events where reservation_id = tests.id('a') $$, '{4 a}'),
    ($$ delete from booking.events where reservation_id = tests.id('new') and subject ->> 'version' = '1' $$, '{4 new}'),
    ($$ delete from booking.events where reservation_id = tests.id('new') $$, '{4 new}'),
    ($$ delete from booking.events where type like 'blackout.%' $$, '{4 lunch}'),
    ($$ delete from booking.events where type like 'series.%' $$, '{4 s}'),
    ($$ delete from booking.events where type = 'waitlist.left' $$, '{4 w}'),
    ($$ delete from booking.events where type = 'payment.failed' $$, '{4 p}'),
    ($$ insert into booking.events (tenant_id, type, reservation_id, subject) select tenant_id, 'reservation.updated', reservation_id, subject from booking.events where reservation_id = tests.id('a') $$, '{4 a}'),
    ($$ update booking.reservations set version = 5, updated_at = booking.now() where id = tests.id('old') $$, '{4 old}')) faults (fault, found);

select * from finish();
rollback;
