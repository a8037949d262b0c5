-- booking.verify_invariants() finds nothing in a database that only Berth has written, and each fault that is put there on purpose.
begin;
select no_plan();
select tests.world();
select is_empty('select * from booking.verify_invariants()', 'nothing is wrong at first');

select tests.reserve('a', 'room', '09:00', '10:00');
select tests.reserve('b', 'room', '10:00', '11:00');
select tests.reserve('t', 'room', '09:00', '10:00', 'tentative');
select tests.reserve('d', 'desks', '09:00', '10:00', units => 2);
select tests.reserve('p', 'stage', '09:00', '10:00', 'pending');
select tests.reserve('pin', 'desks', '09:00', '10:00', unit => 3);
select tests.reserve('h', 'studio', '15:00', '16:00', 'held');
select tests.recur('s', 'FREQ=DAILY;COUNT=6');
delete from booking.reservations where id = tests.id('s4');
select tests.edit('member', $$reschedule this s2, shift => '2 hours'$$), tests.edit('member', 'cancel this s5'), tests.edit('member', $$update all s, notes => 'n'$$), tests.be_dba();
update booking.reservations set title = 'x' where id = tests.id('a');
update booking.reservations set status = 'cancelled' where id = tests.id('b');
-- Who waits is the ghost.
insert into booking.waitlist_entries (tenant_id, id, resource_id, owner_id, starts_at, ends_at, expires_at)
values (tests.id('acme'), tests.id('ghost'), tests.id('studio'), tests.id('colleague'), tests.at('15:00'), tests.at('16:00'), tests.at('16:00'));
update booking.waitlist_entries set priority = 1;
update booking.reservations set ends_at = tests.at('11:00') where id = tests.id('d');
select is_empty('select * from booking.verify_invariants()', 'nor after any change that is allowed');

-- What is found once the fault is made behind every trigger and constraint; then it is undone.
create function pg_temp.violations(fault text) returns text[] language plpgsql
as $$
declare v_found text[];
begin
  set local session_replication_role = replica;
  alter table booking.claims drop constraint claims_never_overlap;
  execute fault;
  select coalesce(array_agg(invariant || ' ' || n.name order by invariant, n.name), '{}') into v_found
    from booking.verify_invariants() v
    left join unnest('{a,b,t,d,p,pin,h,ghost,room,s,s1,s2,s3,s4,s5,s6}'::text[]) n (name) on tests.id(n.name) = v.subject_id;
  raise exception using errcode = 'TT000';
exception
  when sqlstate 'TT000' then return v_found;
end
$$;
create function pg_temp.claim(name text, unit integer, starts text, ends text) returns void language sql
as $$
  insert into booking.claims
  select r.tenant_id, r.resource_id, claim.unit, tstzrange(tests.at(starts), tests.at(ends)), r.id, r.id from tests.reservation(name) r
$$;

select is(pg_temp.violations(fault), found::text[], found || ' after:' || fault)
  from (values
    ('select', '{}'),
    -- 1: overlap, told of the later one. Whoever has a claim too many is also a fault of the second kind.
    ($$ select pg_temp.claim('t', 1, '09:30', '10:30') $$, '{1 t,2 t}'),
    ($$ select pg_temp.claim('b', 1, '10:00', '11:00'), pg_temp.claim('b', 1, '09:00', '09:01') $$, '{1 a,2 b}'),
    -- A long one hides behind a short one between.
    ($$ select pg_temp.claim('a', 2, '09:00', '20:00'), pg_temp.claim('a', 2, '10:00', '10:30'), pg_temp.claim('t', 2, '18:00', '19:00') $$, '{1 t,2 a,2 t}'),
    -- 2: claims follow status, range, units, unit, resource.
    ($$ delete from booking.claims where source_id = tests.id('a') $$, '{2 a}'),
    ($$ delete from booking.claims where source_id = tests.id('d') and unit = 1 $$, '{2 d}'),
    ($$ select pg_temp.claim('p', 1, '09:00', '10:00') $$, '{2 p}'),
    ($$ update booking.claims set during = tstzrange(tests.at('09:00'), tests.at('09:59')) where source_id = tests.id('a') $$, '{2 a}'),
    ($$ update booking.claims set resource_id = tests.id('studio') where source_id = tests.id('a') $$, '{2 a}'),
    ($$ update booking.claims set unit = 2 where source_id = tests.id('a') $$, '{2 a}'),
    ($$ update booking.claims set unit = 1 where source_id = tests.id('pin'); delete from booking.claims where source_id = tests.id('d') and unit = 1 $$, '{2 d,2 pin}'),
    ($$ update booking.claims set claimant = tests.id('ghost') where source_id = tests.id('a') $$, '{2 a}'),
    ($$ insert into booking.claims select tests.id('acme'), tests.id('studio'), 1, tstzrange(tests.at('09:00'), tests.at('10:00')), tests.id('ghost'), tests.id('ghost') $$, '{2 ghost}'),
    ($$ delete from booking.reservations where id = tests.id('a') $$, '{2 a}'),
    ($$ update booking.claims set expires_at = expires_at + interval '1 microsecond' where source_id = tests.id('h') $$, '{2 h}'),
    ($$ update booking.claims set expires_at = null where source_id = tests.id('h') $$, '{2 h}'),
    ($$ update booking.claims set expires_at = tests.at('12:00') where source_id = tests.id('a') $$, '{2 a}'),
    ($$ update booking.reservations set expires_at = tests.at('12:00') where id = tests.id('h') $$, '{2 h}'),
    ($$ delete from booking.claims where source_id = tests.id('h') $$, '{2 h}'),
    -- 3: a move that the table has not.
    ($$ update booking.events set previous = '{"status": "rejected"}' where type = 'reservation.cancelled' and reservation_id = tests.id('b') $$, '{3 b}'),
    ($$ update booking.events set subject = subject || '{"status": "completed"}' where reservation_id = tests.id('p') $$, '{3 p,4 p}'),
    -- 4: one change, one event.
    ($$ delete from booking.events where type = 'reservation.updated' and reservation_id = tests.id('a') $$, '{4 a}'),
    ($$ delete from booking.events where reservation_id = tests.id('p') $$, '{4 p}'),
    ($$ update booking.reservations set version = version + 1 where id = tests.id('p') $$, '{4 p}'),
    ($$ delete from booking.events where seq = (select max(seq) from booking.events where type = 'waitlist.joined') $$, '{4 ghost}'),
    ($$ delete from booking.events where type like 'waitlist.%' $$, '{4 ghost}'),
    ($$ update booking.waitlist_entries set version = version + 1 $$, '{4 ghost}'),
    ($$ insert into booking.events (tenant_id, type, resource_id, subject) select tenant_id, type, resource_id, subject from booking.events where type = 'waitlist.joined' limit 1 $$, '{4 ghost}'),
    ($$ insert into booking.events (tenant_id, type, reservation_id, subject) select tenant_id, type, reservation_id, subject from booking.events where reservation_id = tests.id('p') $$, '{4 p}'),
    ($$ update booking.reservations set status = 'confirmed' where id = tests.id('t') $$, '{2 t,4 t}'),
    ($$ update booking.reservations set status = 'rejected' where id = tests.id('b') $$, '{4 b}'),
    -- Of a series, too.
    ($$ delete from booking.events where type = 'series.created' $$, '{4 s}'),
    ($$ delete from booking.events where seq = (select max(seq) from booking.events where type = 'series.updated') $$, '{4 s}'),
    ($$ update booking.series set version = version + 1 $$, '{4 s}'),
    ($$ insert into booking.events (tenant_id, type, resource_id, subject) select tenant_id, type, resource_id, subject from booking.events where type = 'series.created' $$, '{4 s}'),
    ($$ insert into booking.events (tenant_id, type, resource_id, subject) select tenant_id, 'series.updated', resource_id, subject from booking.events where type = 'series.created' $$, '{4 s}'),
    -- 8: an occurrence is where its series has one, or says from where it was moved.
    ($$ update booking.reservations set original_starts_at = null where id = tests.id('s2') $$, '{8 s2}'),
    ($$ update booking.reservations set original_starts_at = starts_at where id = tests.id('s2') $$, '{8 s2}'),
    ($$ update booking.series set exdates = exdates || timestamp '2030-01-08 09:00' $$, '{8 s1}'),
    ($$ update booking.series set rrule = 'FREQ=DAILY;COUNT=5' $$, '{8 s6}'),
    ($$ update booking.series set local_start = '2030-01-08 10:00' $$, '{8 s1,8 s2,8 s3,8 s6}'),
    ($$ update booking.series set timezone = 'Europe/Berlin' where local_start = '2030-01-08 09:00' $$, '{8 s1,8 s2,8 s3,8 s6}'),
    ($$ update booking.series set rrule = null, rdates = '{2030-01-08 09:00, 2030-01-13 09:00}' $$, '{8 s2,8 s3}'),
    -- What was deleted returns.
    ($$ insert into booking.reservations select (r).* from (select jsonb_populate_record(tests.reservation('t'), jsonb_build_object('id', tests.id('s4'), 'starts_at', tests.at('09:00', 4), 'ends_at', tests.at('10:00', 4), 'original_starts_at', tests.at('09:00', 4), 'series_id', tests.id('s'))) as r) x $$, '{4 s4,8 s4}'),
    -- What is cancelled may be anywhere, and what was moved.
    ($$ update booking.series set exdates = exdates || '{2030-01-09 09:00, 2030-01-12 09:00}' $$, '{8 s2}'),
    -- What is told of an approval is no change.
    ($$ insert into booking.events (tenant_id, type, reservation_id, subject) select tenant_id, 'approval.stale', reservation_id, subject from booking.events where reservation_id = tests.id('p') $$, '{}')
  ) as faults (fault, found);
select is_empty('select * from booking.verify_invariants()', 'each fault is gone again');

select * from finish();
rollback;
