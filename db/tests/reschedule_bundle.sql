-- api.reschedule_bundle moves a bundle by a span, all of it or nothing.
begin;
select no_plan();
select tests.world();

select tests.bundle('u');
select tests.part('u', 'a', 'room', '09:00', '10:00');
select tests.part('u', 'b', 'room', '10:00', '11:00', 'held');
select tests.part('u', 'c', 'desks', '08:30', '12:00', 'tentative');
select tests.part('u', 'd', 'room', '15:00', '16:00');
update booking.reservations set status = 'cancelled' where id = tests.id('d');
select tests.reserve('rival', 'room', '12:00', '13:00', owner => 'colleague');
select tests.bundle('over');
select tests.part('over', 'e', 'room', '07:30', '08:30');
update booking.reservations set status = 'completed' where id = tests.id('e');
select tests.bundle('none left');
select tests.part('none left', 'f', 'studio', '09:00', '10:00');
update booking.reservations set status = 'cancelled' where id = tests.id('f');
select tests.bundle('approved');
select tests.part('approved', 'g', 'stage', '09:00', '10:00');

-- Refusals
create temp table before as select tests.digest();
grant select on before to public;
select throws_ok(format('select tests.be(%L), api.reschedule_bundle(%s)', who, call), code, slug, format('%s for %s: %s', slug, who, left(call, 60)))
  from (values
    ('colleague', $$tests.id('u'), '1 hour'$$, 'PT404', 'not_found'), ('stranger', $$tests.id('u'), '1 hour'$$, 'PT404', 'not_found'), ('member', $$tests.id('none'), '1 hour'$$, 'PT404', 'not_found'), ('approver', $$tests.id('u'), '1 hour'$$, 'PT403', 'forbidden'),
    ('member', $$tests.id('u'), null$$, 'PT400', 'invalid_argument'), ('member', $$tests.id('u'), '0'$$, 'PT400', 'invalid_argument'), ('member', $$tests.id('u'), '11 years'$$, 'PT400', 'invalid_argument'),
    ('member', $$tests.id('u'), '-10 years -1 day'$$, 'PT400', 'invalid_argument'),
    ('member', $$tests.id('u'), '2 hours'$$, 'PT409', 'slot_taken'), ('member', $$tests.id('u'), '-4 hours'$$, 'PT422', 'too_soon'),
    ('member', $$tests.id('over'), '1 hour'$$, 'PT409', 'invalid_transition'), ('member', $$tests.id('none left'), '1 hour'$$, 'PT409', 'invalid_transition'),
    -- What somebody approved is not moved past them.
    ('member', $$tests.id('approved'), '1 hour'$$, 'PT403', 'forbidden'),
    ('member', $$tests.id('u'), '1 hour', repeat('x', 1001)$$, 'PT400', 'invalid_argument'), ('member', $$tests.id('u'), '1 hour', 'why', true$$, 'PT403', 'forbidden'), ('manager', $$tests.id('u'), '1 hour', override => true$$, 'PT400', 'invalid_argument')) as refusals (who, call, code, slug);
select is(tests.digest(), digest, 'nothing of that changed anything: where one cannot move, none does') from before;

-- As one
select tests.be('member');
create temp table made as select api.reschedule_bundle(tests.id('u'), '1 hour', 'late') as answer;
grant select on made to public;
select is(answer, jsonb_build_object('bundle_id', tests.id('u'), 'reservations', (select jsonb_agg(to_jsonb(r) order by r.starts_at) from api.reservations r where r.bundle_id = tests.id('u'))), 'the answer has the reservations whole, by their start') from made;
select is(tests.claims('a') || tests.claims('b') || tests.claims('c'), '{room 1 10:00-11:00, room 1 11:00-12:00}', 'neighbours shift together, over each other''s old time');
select is(array[(tests.reservation('a')).version, (tests.reservation('c')).version, (tests.reservation('d')).version], '{2, 2, 2}', 'each has another version, but for what is cancelled');
select is(array[e.type, e.actor_id::text, e.reason, e.previous ->> 'starts_at'], array['reservation.rescheduled', tests.id('member')::text, 'late', to_jsonb(tests.at('09:00')) #>> '{}'], 'one event each, with the actor, the reason and what was before') from tests.last_event('a') e;
select is(tests.events('b'), '{reservation.held, reservation.rescheduled}', 'and no second');
select is((tests.reservation('b')).expires_at, tests.at('08:30'), 'a hold expires no later');
select is(array[r.starts_at, r.ends_at], array[tests.at('08:30'), tests.at('12:00')], 'earlier, too') from (select api.reschedule_bundle(tests.id('u'), '-60 minutes')) back, tests.reservation('c') r;
select tests.be('manager');
select is(r.starts_at, tests.at('09:00', 1), 'managers move anybody''s, even what was approved') from (select api.reschedule_bundle(tests.id('approved'), '1 day')) m, tests.reservation('g') r;

-- What can no longer move stays, and is named.
select tests.be_dba();
select tests.bundle('parts');
select tests.part('parts', 'p1', 'studio', '07:00', '07:30');
select tests.part('parts', 'p2', 'studio', '14:00', '15:00');
select tests.part('parts', 'p3', 'stage', '14:00', '15:00', 'pending');
select tests.part('parts', 'p4', 'studio', '08:00', '08:01');
update booking.reservations set status = 'completed' where id = tests.id('p1');
update booking.reservations set status = 'rejected' where id = tests.id('p3');
savepoint parts;
select tests.be('member');
select tests.clock('08:05');
create temp table parted as select api.reschedule_bundle(tests.id('parts'), '1 hour') as answer;
grant select on parted to public;
select is(array(select n || ' ' || (r ->> 'hint') from parted, jsonb_array_elements(answer -> 'rejected') r join unnest('{p1,p2,p3,p4}'::text[]) n on tests.id(n)::text = r ->> 'reservation_id' order by n),
  '{p1 A completed reservation can no longer be moved.,p3 A rejected reservation can no longer be moved.,p4 It is over.}', 'with why, whether or not the sweep has come by');
select is(array[(tests.reservation('p1')).starts_at, (tests.reservation('p2')).starts_at, (tests.reservation('p4')).starts_at], array[tests.at('07:00'), tests.at('15:00'), tests.at('08:00')], 'the rest is moved');
rollback to parts;
select tests.clock('08:00');

-- One that expires meanwhile
select tests.be('member');
select tests.clock('08:30');
select throws_ok($$ select api.reschedule_bundle(tests.id('u'), '1 hour') $$, 'PT409', 'hold_expired', 'where one has expired, none is moved');
select tests.clock('08:00');

-- Over a change of clocks: days by the calendar of each resource's zone, hours as they elapse. Berlin puts its clocks
-- forward on 31 March 2030 at 02:00, and back on 27 October at 03:00; New York forward on 10 March.
create function pg_temp.shifted(zone text, starts timestamptz, ends timestamptz, shift interval) returns timestamptz[] language plpgsql
as $$
declare
  v_result timestamptz[];
begin
  update booking.resources set timezone = zone where id = tests.id('studio');
  perform tests.bundle('s');
  insert into booking.reservations (tenant_id, id, resource_id, starts_at, ends_at, owner_id, bundle_id)
  values (tests.id('acme'), tests.id('s'), tests.id('studio'), starts, ends, tests.id('member'), tests.id('s'));
  perform tests.be('member');
  perform api.reschedule_bundle(tests.id('s'), shift);
  v_result := array(select unnest(array[r.starts_at, r.ends_at]) from tests.reservation('s') r);
  raise exception using errcode = 'TT000';
exception
  when sqlstate 'TT000' then return v_result;
end
$$;
select tests.be_dba();
select is(pg_temp.shifted(zone, starts::timestamptz, ends::timestamptz, shift::interval), array[new_starts, new_ends]::timestamptz[], format('%s, %s-%s later by %s: %s-%s', zone, starts, ends, shift, new_starts, new_ends))
  from (values
    ('Europe/Berlin', '2030-03-30 09:00+01', '2030-03-30 10:00+01', '1 day', '2030-03-31 09:00+02', '2030-03-31 10:00+02'),
    ('Europe/Berlin', '2030-03-30 09:00+01', '2030-03-30 10:00+01', '24 hours', '2030-03-31 10:00+02', '2030-03-31 11:00+02'),
    ('Europe/Berlin', '2030-03-30 09:00+01', '2030-03-30 10:00+01', '1 day 90 minutes', '2030-03-31 10:30+02', '2030-03-31 11:30+02'),
    ('Europe/Berlin', '2030-03-31 09:00+02', '2030-03-31 10:00+02', '-1 day', '2030-03-30 09:00+01', '2030-03-30 10:00+01'),
    ('Europe/Berlin', '2030-03-15 09:00+01', '2030-03-15 10:00+01', '1 month', '2030-04-15 09:00+02', '2030-04-15 10:00+02'),
    ('Europe/Berlin', '2030-01-31 09:00+01', '2030-01-31 10:00+01', '1 month', '2030-02-28 09:00+01', '2030-02-28 10:00+01'),
    ('Europe/Berlin', '2030-03-30 09:00+01', '2030-03-30 10:00+01', '1 year', '2031-03-30 09:00+02', '2031-03-30 10:00+02'),
    ('America/New_York', '2030-03-30 09:00-04', '2030-03-30 10:00-04', '1 day', '2030-03-31 09:00-04', '2030-03-31 10:00-04'),
    ('America/New_York', '2030-03-09 09:00-05', '2030-03-09 10:00-05', '1 day', '2030-03-10 09:00-04', '2030-03-10 10:00-04'),
    -- A night is as long as the clocks make it.
    ('Europe/Berlin', '2030-03-29 22:00+01', '2030-03-30 06:00+01', '1 day', '2030-03-30 22:00+01', '2030-03-31 06:00+02'),
    ('Europe/Berlin', '2030-10-25 22:00+02', '2030-10-26 06:00+02', '1 day', '2030-10-26 22:00+02', '2030-10-27 06:00+01'),
    -- A time that there is not comes later, a time that there is twice means the first.
    ('Europe/Berlin', '2030-03-30 02:30+01', '2030-03-30 04:00+01', '1 day', '2030-03-31 03:30+02', '2030-03-31 04:00+02'),
    -- And where no time would be left, it lasts as long as before.
    ('Europe/Berlin', '2030-03-30 02:00+01', '2030-03-30 03:00+01', '1 day', '2030-03-31 03:00+02', '2030-03-31 04:00+02'),
    ('Europe/Berlin', '2030-03-30 02:30+01', '2030-03-30 03:15+01', '1 day', '2030-03-31 03:30+02', '2030-03-31 04:15+02'),
    ('Europe/Berlin', '2030-10-27 02:45+02', '2030-10-27 02:15+01', '1 day', '2030-10-28 02:45+01', '2030-10-28 03:15+01'),
    ('Europe/Berlin', '2030-10-26 02:30+02', '2030-10-26 03:30+02', '1 day', '2030-10-27 02:30+02', '2030-10-27 03:30+01'),
    ('Europe/Berlin', '2030-10-26 01:30+02', '2030-10-26 02:30+02', '1 day', '2030-10-27 01:30+02', '2030-10-27 02:30+02')) as shifts (zone, starts, ends, shift, new_starts, new_ends);
-- Each by its own
update booking.resources set timezone = case id when tests.id('studio') then 'Europe/Berlin' else 'America/New_York' end where id in (tests.id('studio'), tests.id('desks'));
select tests.bundle('two');
insert into booking.reservations (tenant_id, resource_id, starts_at, ends_at, owner_id, bundle_id)
select tests.id('acme'), tests.id(name), '2030-03-30 12:00+00', '2030-03-30 13:00+00', tests.id('member'), tests.id('two') from unnest('{studio, desks}'::text[]) name;
select tests.be('member');
select is(array(select (r ->> 'starts_at')::timestamptz from jsonb_array_elements(api.reschedule_bundle(tests.id('two'), '1 day') -> 'reservations') r), '{2030-03-31 11:00+00, 2030-03-31 12:00+00}', 'each by the calendar it hangs on');
select tests.be_dba();
select is_empty('select * from booking.verify_invariants()', 'all is in order');

select * from finish();
rollback;
