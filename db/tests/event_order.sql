-- Cause comes before effect in the log: whatever one transaction does, the change that somebody made is told before what follows from it.
begin;
select no_plan();
select tests.world();
select tests.rule('room', '{"allow_preemption": true, "max_priority": 9}');
update booking.resources set price_amount = 30, price_currency = 'ZAR', price_per = 'booking' where id = tests.id('studio');

-- The types of the events that a statement leaves, in their order, with the title of what each is about; then it is undone.
create function pg_temp.log(who text, statement text) returns text[] language plpgsql as $$
declare
  v_seq bigint := (select coalesce(max(seq), 0) from booking.events);
  v_log text[];
begin
  if who = 'dba' then perform tests.be_dba(); else perform tests.be(who); end if;
  execute statement;
  perform tests.be_dba();
  v_log := array(select concat_ws(' ', e.type, nullif(coalesce(nullif(e.subject ->> 'title', ''), e.subject ->> 'name'), '')) from booking.events e where e.seq > v_seq order by e.seq);
  if exists (select from booking.verify_invariants()) then
    v_log := v_log || 'BUT an invariant is broken'::text;
  end if;
  raise exception using errcode = 'TT000';
exception
  when sqlstate 'TT000' then
    perform tests.be_dba();
    return v_log;
end $$;
create function pg_temp.pay(name text, reference text) returns void language plpgsql security definer as $$
declare
  v_payment booking.payments;
begin
  select p.* into v_payment from booking.payments p join booking.payment_items i on i.payment_id = p.id where i.reservation_id = tests.id(name);
  perform booking.settle_payment(v_payment.tenant_id, null, 'payfast', v_payment.id, reference, 'succeeded', v_payment.amount, 'ZAR');
end $$;
-- A hold whose time is up, one that may be displaced, an offer, who waits behind it, and what is paid
select tests.reserve('stale', 'room', '09:00', '10:00', 'held', expires => '08:05');
select tests.reserve('low', 'room', '10:00', '11:00', 'held', expires => '12:00');
select tests.reserve('taken', 'room', '12:00', '13:00');
select tests.be('colleague');
select api.join_waitlist(tests.id('room'), tests.at('12:00'), tests.at('13:00'), id => tests.id('c'), title => 'c');
select tests.be('approver');
select api.join_waitlist(tests.id('room'), tests.at('12:00'), tests.at('13:00'), id => tests.id('a'), title => 'a', priority => -1);
select tests.be('manager');
select api.cancel_reservation(tests.id('taken'));
select tests.reserve('firm', 'room', '14:00', '15:00');
select tests.be('colleague');
select api.join_waitlist(tests.id('room'), tests.at('14:00'), tests.at('15:00'), id => tests.id('f'), title => 'f');
select tests.be('member');
select api.create_reservation(tests.id('room'), tests.at('09:00'), tests.at('11:00'), 'tentative', 'dream', id => tests.id('dream'), priority => 1);
select api.create_reservation(tests.id('studio'), tests.at('09:00'), tests.at('10:00'), title => 'paid', id => tests.id('paid'));
select api.create_reservation(tests.id('studio'), tests.at('11:00'), tests.at('12:00'), title => 'unpaid', id => tests.id('unpaid'));
select api.start_payment(tests.id('paid'));
select api.start_payment(tests.id('unpaid'));
select tests.be_dba();
select pg_temp.pay('paid', 'r1');
select tests.be('colleague');
select api.join_waitlist(tests.id('studio'), tests.at('09:00'), tests.at('10:00'), id => tests.id('s'), title => 's');
select tests.be('member');
create temp table made as
select (api.create_series(tests.id('desks'), 'FREQ=DAILY;COUNT=3', '2030-02-04T09:00', '1 hour', title => 'daily') ->> 'series_id')::uuid as series_id,
       (api.create_bundle(jsonb_build_array(
         jsonb_build_object('resource_id', tests.id('desks'), 'starts_at', tests.at('09:00'), 'ends_at', tests.at('10:00')),
         jsonb_build_object('resource_id', tests.id('room'), 'starts_at', tests.at('16:00'), 'ends_at', tests.at('17:00'))), 'both') ->> 'bundle_id')::uuid as bundle_id;
grant select on made to public;
select tests.be('colleague');
select api.join_waitlist(tests.id('room'), tests.at('16:00'), tests.at('17:00'), id => tests.id('b'), title => 'b');
select tests.be_dba();
select tests.close('works', 'closed', '09:00', '10:00');
select tests.clock('08:10');

select is(pg_temp.log(who, statement), log, format('%s: %s', who, statement))
  from (values
    -- What time has made of a hold comes before whoever takes its time; whoever gives way comes after it.
    ('member', $$select api.create_reservation(tests.id('room'), tests.at('09:00'), tests.at('10:00'), title => 'new')$$,
     array['reservation.expired stale', 'reservation.confirmed new']),
    ('member', $$select api.create_reservation(tests.id('room'), tests.at('10:00'), tests.at('11:00'), 'held', 'new', priority => 1)$$,
     array['reservation.expired stale', 'reservation.held new', 'reservation.displaced low']),
    ('member', $$select api.create_reservation(tests.id('room'), tests.at('09:00'), tests.at('11:00'), title => 'new', priority => 1)$$,
     array['reservation.expired stale', 'reservation.confirmed new', 'reservation.displaced low']),
    ('dba', $$select tests.reserve('new', 'room', '09:00', '11:00', priority => 1)$$,
     array['reservation.expired stale', 'reservation.confirmed new', 'reservation.displaced low']),
    ('member', $$select api.confirm_reservation(tests.id('dream'))$$,
     array['reservation.expired stale', 'reservation.confirmed dream', 'reservation.displaced low']),
    ('member', $$select api.pencil_reservation(tests.id('dream'))$$,
     array['reservation.expired stale', 'reservation.pencilled dream', 'reservation.displaced low']),
    ('manager', $$select api.reschedule_reservation(tests.id('firm'), tests.at('09:00'), tests.at('10:00'))$$,
     array['reservation.expired stale', 'reservation.rescheduled firm', 'waitlist.offered f', 'reservation.held f']),
    ('manager', $$select api.create_reservation(tests.id('room'), tests.at('12:00'), tests.at('13:00'), title => 'new', priority => 1)$$,
     array['reservation.expired stale', 'reservation.confirmed new', 'reservation.displaced c', 'waitlist.joined c']),
    -- An offer, and what becomes of it
    ('colleague', $$select api.accept_offer(tests.id('c'))$$, array['reservation.confirmed c', 'waitlist.accepted c', 'reservation.expired stale']),
    ('colleague', $$select api.decline_offer(tests.id('c'))$$,
     array['reservation.cancelled c', 'waitlist.declined c', 'reservation.expired stale', 'waitlist.offered a', 'reservation.held a']),
    ('dba', $$delete from booking.reservations where waitlist_entry_id = tests.id('c')$$,
     array['reservation.cancelled c', 'waitlist.declined c', 'reservation.expired stale', 'waitlist.offered a', 'reservation.held a']),
    ('dba', $$select booking.sweep(); select tests.clock('11:50'); select booking.expire_holds(s) from booking.resources s where s.id = tests.id('room')$$,
     array['reservation.expired stale', 'reservation.expired c', 'waitlist.expired c', 'waitlist.offered a', 'reservation.held a']),
    ('colleague', $$select api.join_waitlist(tests.id('room'), tests.at('18:00'), tests.at('19:00'), title => 'w')$$,
     array['reservation.expired stale', 'waitlist.joined w', 'waitlist.offered w', 'reservation.held w']),
    -- What is given back is offered afterwards.
    ('member', $$select api.cancel_reservation(tests.id('firm'))$$,
     array['reservation.cancelled firm', 'reservation.expired stale', 'waitlist.offered f', 'reservation.held f']),
    ('member', $$select api.cancel_bundle((select bundle_id from made))$$,
     array['reservation.cancelled both', 'reservation.cancelled both', 'reservation.expired stale', 'waitlist.offered b', 'reservation.held b']),
    ('dba', $$update booking.resources set capacity = 2 where id = tests.id('room')$$,
     array['resource.updated room', 'reservation.expired stale', 'waitlist.offered f', 'reservation.held f', 'waitlist.offered b', 'reservation.held b', 'waitlist.offered a', 'reservation.held a']),
    -- Money
    ('dba', $$select pg_temp.pay('unpaid', 'r2')$$, array['payment.succeeded', 'reservation.confirmed unpaid']),
    ('member', $$select api.cancel_reservation(tests.id('paid'))$$,
     array['reservation.cancelled paid', 'payment.refund_due', 'waitlist.offered s', 'reservation.held s']),
    ('dba', $$delete from booking.reservations where id = tests.id('paid')$$,
     array['reservation.cancelled paid', 'payment.refund_due', 'waitlist.offered s', 'reservation.held s']),
    ('dba', $$select tests.clock('08:45'), pg_temp.pay('unpaid', 'r2')$$, array['payment.succeeded', 'reservation.expired unpaid', 'reservation.confirmed unpaid']),
    ('dba', $$select api.cancel_reservation(tests.id('unpaid')) from (select tests.be('member')) m; select tests.be_dba(), pg_temp.pay('unpaid', 'r2')$$,
     array['reservation.cancelled unpaid', 'payment.refund_due']),
    -- A blackout
    ('manager', $$select api.create_blackout(array[tests.id('studio')], tests.at('09:00'), tests.at('10:00'), 'works', on_conflict => 'cancel')$$,
     array['blackout.created', 'reservation.cancelled paid', 'payment.refund_due']),
    ('manager', $$select api.create_blackout(array[tests.id('room')], tests.at('12:00'), tests.at('13:00'), 'works', on_conflict => 'cancel');
                  select api.lift_blackout(b.id) from api.blackouts b where b.resource_id = tests.id('room')$$,
     array['blackout.created', 'reservation.expired stale', 'reservation.cancelled c', 'waitlist.declined c', 'blackout.lifted', 'waitlist.offered a', 'reservation.held a']),
    -- A series comes before its occurrences.
    ('member', $$select api.create_series(tests.id('desks'), 'FREQ=DAILY;COUNT=2', '2030-03-04T09:00', '1 hour', title => 'new')$$,
     array['series.created new', 'reservation.confirmed new', 'reservation.confirmed new']),
    ('member', $$select api.update_series((select series_id from made), title => 'x')$$,
     array['series.updated x', 'reservation.updated x', 'reservation.updated x', 'reservation.updated x']),
    ('member', $$select api.reschedule_series((select series_id from made), shift => '1 hour')$$,
     array['series.updated daily', 'reservation.rescheduled daily', 'reservation.rescheduled daily', 'reservation.rescheduled daily']),
    ('member', $$select api.cancel_series((select series_id from made))$$,
     array['series.cancelled daily', 'reservation.cancelled daily', 'reservation.cancelled daily', 'reservation.cancelled daily']),
    ('member', $$select api.cancel_series((select series_id from made), 'following', (select id from api.reservations where series_id = (select series_id from made) order by starts_at desc limit 1))$$,
     array['series.updated daily', 'reservation.cancelled daily']),
    ('dba', $$delete from booking.reservations where id = (select id from booking.reservations where series_id = (select series_id from made) order by starts_at limit 1)$$,
     array['reservation.cancelled daily', 'series.updated daily']),
    ('dba', $$delete from booking.resources where id = tests.id('theirs')$$, array['resource.deleted theirs'])
  ) as pairs (who, statement, log);

-- A module's row: its reservation follows it, and what its own trigger does once it is flagged follows from that.
create schema garage;
create table garage.trips (id text primary key, tenant uuid, truck uuid, leaves timestamptz, returns timestamptz, flag text);
select booking.attach_module('garage', 'garage.trips',
  '{"tenant_id": "tenant", "id": "id", "resource_id": "truck", "starts_at": "leaves", "ends_at": "returns", "title": "id", "flag": "flag"}');
create function garage.give_back() returns trigger language plpgsql as $$
begin
  perform booking.change_status(new.tenant, array[tests.id('b booking')], 'cancelled', 'no truck', null);
  return null;
end $$;
create trigger give_back after update of flag on garage.trips for each row execute function garage.give_back();
select tests.reserve('b booking', 'desks', '20:00', '21:00');
insert into garage.trips values ('trip', tests.id('acme'), tests.id('room'), tests.at('20:00'), tests.at('21:00'));
select tests.be('colleague');
select api.join_waitlist(tests.id('room'), tests.at('20:00'), tests.at('21:00'), id => tests.id('t'), title => 't');
select tests.be_dba();
select is(pg_temp.log('dba', $$update garage.trips set leaves = tests.at('21:00'), returns = tests.at('22:00')$$),
  '{reservation.rescheduled trip, waitlist.offered t, reservation.held t}', 'a module''s row moves, and what it leaves is offered');
select is(pg_temp.log('manager', $$select api.cancel_reservation(r.id) from api.reservations r where r.source_module = 'garage'$$),
  '{reservation.cancelled trip, reservation.cancelled b booking, waitlist.offered t, reservation.held t}', 'its reservation is cancelled, and then what the module makes of it');

select * from finish();
rollback;
