-- booking.prune_claims: what blackouts took long ago goes, and nothing can be entered there any more.
begin;
select no_plan();
select tests.world();

-- January and February are full of closures; it is the 20th of May, and two months are kept.
insert into booking.blackouts (tenant_id, id, resource_id, starts_at, ends_at, reason)
select tests.id('acme'), tests.id(resource || n), tests.id(resource), tests.at('12:00', n), tests.at('13:00', n), 'lunch' from generate_series(0, 80) n, unnest('{room,desks}'::text[]) resource;
insert into booking.blackouts (tenant_id, id, resource_id, starts_at, ends_at) values
  (tests.id('acme'), tests.id('over'), tests.id('studio'), '2030-02-27', '2030-03-03'),
  (tests.id('acme'), tests.id('lifted'), tests.id('studio'), '2030-02-01', '2030-02-02'),
  (tests.id('globex'), tests.id('elsewhere'), tests.id('theirs'), '2030-02-01', '2030-02-02');
update booking.blackouts set lifted_at = booking.now() where id = tests.id('lifted');
select tests.book('settled', 'room', tests.at('09:00'), tests.at('10:00')), tests.book('tentative', 'stage', '2030-02-10', '2030-06-10', 'tentative');
select tests.book('lease', 'closed', '2030-01-20', '2031-01-20');
update booking.reservations set buffer_before = '1 hour' where id = tests.id('lease');
select tests.book('now', 'room', '2030-05-20 07:00+00', '2030-05-20 09:00+00');
update booking.reservations set status = 'completed' where id = tests.id('settled');
select tests.clock('08:00', 133);
create temp table before as select count(*) as events, (select max(updated_at) from booking.resources) as updated_at from booking.events;

select is_empty('select * from booking.prune_claims(1000) where rows > 0', 'claims are kept for ever, unless a tenant says something else');
update booking.tenants set claims_retention = '2 months' where id = tests.id('acme');
create temp table kept as select claims.*, tenant_id = tests.id('acme') and upper(during) <= '2030-03-01' as is_due from booking.claims;
create function pg_temp.prune(batch_size integer) returns table (calls integer, most bigint, claims bigint) language plpgsql
as $$
declare v_resources bigint; v_rows bigint;
begin
  calls := 0; most := 0; claims := 0;
  loop
    select sum(rows) filter (where forgotten = 'claims'), sum(rows) filter (where forgotten <> 'claims') into v_rows, v_resources from booking.prune_claims(batch_size);
    exit when v_resources = 0;
    calls := calls + 1; most := greatest(most, v_rows); claims := claims + v_rows;
  end loop;
  return next;
end
$$;
select results_eq('select claims, most <= 21 from pg_temp.prune(20)', $$ select count(*), true from kept where is_due $$, 'all that is due goes, a batch at a time');
select set_eq('select tenant_id, resource_id, unit, during, source_id from booking.claims', 'select tenant_id, resource_id, unit, during, source_id from kept where not is_due', 'and nothing else');
select results_eq('select name, claims_kept_since from booking.resources order by name',
  $$ values ('closed', timestamptz '2030-01-19 23:00+00'), ('desks', '2030-03-01'), ('room', '2030-03-01'), ('stage', '2030-02-10'), ('studio', '2030-03-01'), ('theirs', null) $$,
  'each as far as nothing goes on there since, tentatively or with its buffer; whole months');
select is(booking.verify_invariants()::text, null, 'all holds');
select is_empty('select * from booking.prune_claims(1000) where rows > 0', 'nothing is left to do');
select is(count(*), events, 'no event tells of it') from booking.events, before group by events;
select is(max(r.updated_at), before.updated_at, 'no resource was changed') from booking.resources r, before group by before.updated_at;
select throws_ok('delete from booking.claims', '55000', null, 'by hand claims are deleted no more than before');

-- Nothing takes time from before, by any road.
create function pg_temp.told(who text, call text) returns text language plpgsql
as $$
declare v_answer jsonb;
begin
  if who = 'dba' then perform tests.be_dba(); else perform tests.be(who); end if;
  v_answer := tests.answer('select ' || call);
  return concat_ws(' ', v_answer ->> 'code', v_answer ->> 'message', v_answer #>> '{details,earliest}', v_answer #>> '{details,rejected,0,code}');
end
$$;
create temp table refusals (who text, call text);
insert into refusals values
  ('manager', $$api.create_reservation(tests.id('room'), '2030-02-28 09:00+00', '2030-02-28 10:00+00', override => true, reason => 'history')$$),
  ('manager', $$api.create_reservation(tests.id('room'), '2030-02-28 23:59+00', '2030-03-01 10:00+00', override => true, reason => 'history')$$),
  ('manager', $$api.create_reservation(tests.id('room'), '2030-02-28 09:00+00', '2030-06-20 10:00+00', 'held')$$),
  ('manager', $$api.create_reservation(tests.id('desks'), '2030-02-28 09:00+00', '2030-02-28 10:00+00', override => true, reason => 'history')$$),
  ('manager', $$api.create_reservation(tests.id('desks'), '2030-02-28 09:00+00', '2030-06-28 10:00+00', 'tentative', units => 2)$$),
  ('member', $$api.create_reservation(tests.id('studio'), '2030-02-28 09:00+00', '2030-06-28 10:00+00')$$),
  ('member', $$api.check_reservation_conflict(tests.id('studio'), '2030-02-28 09:00+00', '2030-06-28 10:00+00')$$),
  ('manager', $$api.reschedule_reservation(tests.id('now'), '2030-02-28 09:00+00', '2030-06-28 10:00+00', override => true, reason => 'history')$$),
  ('manager', $$api.move_reservations(jsonb_build_array(jsonb_build_object('reservation_id', tests.id('now'), 'starts_at', '2030-02-28T09:00Z', 'ends_at', '2030-06-28T10:00Z')), override => true, reason => 'history')$$),
  ('manager', $$api.create_bundle(jsonb_build_array(jsonb_build_object('resource_id', tests.id('room'), 'starts_at', '2030-02-28T09:00Z', 'ends_at', '2030-02-28T10:00Z')), override => true, reason => 'history')$$),
  ('manager', $$api.create_blackout(array[tests.id('room')], '2030-02-28 09:00+00', '2030-06-28 10:00+00', on_conflict => 'keep')$$),
  ('manager', $$api.create_blackout(array[tests.id('studio')], '2030-02-27 09:00+00', '2030-02-27 10:00+00', rrule => 'FREQ=DAILY;COUNT=200')$$),
  ('dba', $$tests.book('x', 'room', '2030-02-28 09:00+00', '2030-02-28 10:00+00')$$),
  ('dba', $$tests.book('x', 'room', '2030-02-28 09:00+00', '2030-02-28 10:00+00', 'pending')$$);
select is(pg_temp.told(who, call), 'PT422 too_soon 2030-03-01T00:00:00+00:00', who || ': ' || call) from refusals;
select is(pg_temp.told('manager', $$api.create_series(tests.id('room'), 'FREQ=DAILY;COUNT=3', '2030-02-28 09:00', '1 hour', timezone => 'UTC', override => true, reason => 'history')$$) ~ 'too_soon', true, 'of a series, that occurrence');
select tests.be_dba();
select tests.rule('room', '{"buffer_before": "1 hour"}');
select is(pg_temp.told('manager', $$api.create_reservation(tests.id('room'), '2030-03-01 00:30+00', '2030-03-01 01:30+00', override => true, reason => 'history')$$), 'PT422 too_soon 2030-03-01T00:00:00+00:00', 'its buffer counts');
select is(pg_temp.told('manager', $$api.create_reservation(tests.id('room'), '2030-03-01 01:00+00', '2030-03-01 01:30+00', override => true, reason => 'history')$$), '', 'what is kept can be entered as ever');
select is(pg_temp.told('manager', $$api.create_reservation(tests.id('theirs'), '2030-02-01 01:00+00', '2030-02-01 01:30+00', override => true, reason => 'history')$$), 'PT404 not_found', 'others are theirs');
select tests.be_dba();
select is(pg_temp.told('dba', $$tests.book('x', 'theirs', '2030-02-02 01:00+00', '2030-02-02 02:00+00', owner => 'stranger')$$), '', 'and keep what they keep');

-- A blackout that began before stays as it is; what it has since it keeps.
select tests.be('manager');
select lives_ok($$ select api.create_blackout(array[tests.id('studio')], '2030-05-20 09:00+00', '2030-05-21 09:00+00') $$, 'another is made since');
select tests.be_dba();
update booking.blackouts set ends_at = '2030-05-20 09:00+00' where id = tests.id('over');
select is(array_agg(during order by during), array[tstzrange('2030-03-01', '2030-05-20 09:00+00'), tstzrange('2030-05-20 09:00+00', '2030-05-21 09:00+00')], 'a longer one takes time from where claims are kept')
  from booking.claims where resource_id = tests.id('studio');
update booking.blackouts set reason = 'new words';
select is(pg_temp.told('dba', $$* from booking.verify_invariants()$$), '', 'words change nothing');
select is_empty('select * from booking.verify_invariants()', 'all holds');
select throws_ok($$ update booking.blackouts set starts_at = starts_at - interval '1 minute' where id = tests.id('over') $$, 'PT422', 'too_soon', 'it does not begin earlier');
update booking.blackouts set starts_at = starts_at + interval '1 minute' where id = tests.id('over');
update booking.blackouts set lifted_at = booking.now() where id = tests.id('over');
select tests.be_dba();
select is_empty('select * from booking.verify_invariants()', 'later, or lifted: all holds');

-- What is over stays editable, and what goes on keeps its time.
update booking.reservations set title = 'renamed', notes = null where id = tests.id('settled');
update booking.reservations set ends_at = '2031-02-01' where id = tests.id('lease');
update booking.resources set capacity = 2 where id in (tests.id('closed'), tests.id('stage'));
update booking.resources set capacity = 5, blocking_statuses = blocking_statuses || '{tentative}' where id in (tests.id('desks'), tests.id('stage'), tests.id('room'));
select is(lower(during), '2030-01-19 23:00+00', 'what began before is extended, and moves to another unit') from booking.claims where source_id = tests.id('lease');
update booking.reservations set status = 'confirmed' where id = tests.id('tentative');
select is(lower(during), '2030-02-10', 'what may still take time has it whole') from booking.claims where source_id = tests.id('tentative');
select is_empty('select * from booking.verify_invariants()', 'all holds');
update booking.reservations set status = 'cancelled' where id in (tests.id('tentative'), tests.id('lease'));
select is(claims, 0::bigint, 'once it is settled') from pg_temp.prune(100);
select is(count(*), 5::bigint, 'the rest may go') from booking.resources where claims_kept_since = '2030-03-01';

-- Finding time
select tests.be('member');
select results_eq($$ select starts_at, ends_at, kind from api.resource_schedule(tests.id('room'), '2030-02-28', '2030-03-02') $$,
  $$ values (timestamptz '2030-02-28', timestamptz '2030-02-28 12:00+00', 'closed'), ('2030-02-28 12:00+00', '2030-02-28 13:00+00', 'blackout'), ('2030-02-28 13:00+00', '2030-03-01', 'closed'),
            ('2030-03-01', '2030-03-01 12:00+00', 'free'), ('2030-03-01 12:00+00', '2030-03-01 13:00+00', 'blackout'), ('2030-03-01 13:00+00', '2030-03-02', 'free') $$, 'what is kept no longer is not free');
select is(free_ranges #>> '{0,starts_at}', '2030-03-01T00:00:00+00:00', 'no search finds it') from api.search_availability('2030-01-01', '2030-06-01', '85 days', resource_ids => array[tests.id('studio')]);
select tests.be_dba();
insert into booking.waitlist_entries (tenant_id, id, resource_id, owner_id, starts_at, ends_at, expires_at)
values (tests.id('acme'), tests.id('w'), tests.id('studio'), tests.id('colleague'), '2030-02-20', '2030-05-22', '2030-05-22');
update booking.blackouts set lifted_at = booking.now() where resource_id = tests.id('studio') and lifted_at is null;
select is(status, 'waiting', 'nor is it offered') from booking.waitlist_entries;

-- It only rises, and takes whoever books at that moment as a reason to pass by.
update booking.tenants set claims_retention = '10 years' where id = tests.id('acme');
select is_empty('select * from booking.prune_claims(1000) where rows > 0', 'what has gone is gone');
select throws_ok($$ update booking.tenants set claims_retention = '1 hour' $$, '23514', null, 'a day at least');
select is_empty('select * from booking.verify_invariants()', 'all holds');

select * from finish();
rollback;
