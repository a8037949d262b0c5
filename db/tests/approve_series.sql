-- api.approve_series grants a series that waits for approval, all of it or none.
begin;
select no_plan();
select tests.world();

select is(array[t.told, t.stands], array[s.told, s.stands], format('%s (%s)', what, array_to_string(steps, '; ')))
  from (values
  ('all of it', array['approve all a'], '3 reservation.confirmed, 1 series.updated', '08 09:00-10:00, 09 09:00-10:00, 10 09:00-10:00'),
  ('one', array['approve this a2'], '1 reservation.confirmed, 1 series.updated', '08 09:00-10:00 pending, 09 09:00-10:00, 10 09:00-10:00 pending'),
  ('the following, in the same series', array['approve following a2'], '2 reservation.confirmed, 1 series.updated', '08 09:00-10:00 pending, 09 09:00-10:00, 10 09:00-10:00'),
  ('the rest', array['reject this a1', 'approve this a2', 'approve all a'], '1 reservation.confirmed, 1 series.updated', '08 09:00-10:00 rejected, 09 09:00-10:00, 10 09:00-10:00')
  ) as s (what, steps, told, stands),
  lateral tests.story($$tests.recur('a', 'FREQ=DAILY;COUNT=3', 'stage', status => 'pending')$$, steps, 'approver') t;

select tests.recur('a', 'FREQ=DAILY;COUNT=3', 'stage', status => 'pending');
select tests.recur('firm', 'FREQ=DAILY;COUNT=2', 'desks');
insert into booking.reservations (tenant_id, id, resource_id, starts_at, ends_at, owner_id) values (tests.id('acme'), tests.id('rival'), tests.id('stage'), tests.at('09:30', 3), tests.at('10:00', 3), tests.id('colleague'));
create temp table before as select tests.digest();
grant select on before to public;
select throws_ok(format('select tests.be(%L), api.approve_series(%s)', who, call), code, slug, format('%s for %s: %s', slug, who, left(call, 90)))
  from (values
    ('member', $$tests.id('a')$$, 'PT403', 'forbidden'), ('colleague', $$tests.id('a')$$, 'PT404', 'not_found'), ('stranger', $$tests.id('a')$$, 'PT404', 'not_found'), ('approver', $$tests.id('none')$$, 'PT404', 'not_found'),
    ('approver', $$tests.id('a'), 'some'$$, 'PT400', 'invalid_argument'), ('approver', $$tests.id('a'), 'this'$$, 'PT400', 'invalid_argument'), ('approver', $$tests.id('a'), expected_version => 2$$, 'PT409', 'version_conflict'),
    ('approver', $$tests.id('firm')$$, 'PT409', 'invalid_transition'), ('approver', $$tests.id('a')$$, 'PT409', 'slot_taken'), ('manager', $$tests.id('a')$$, 'PT409', 'slot_taken')) as refusals (who, call, code, slug);
select is(tests.digest(), digest, 'where one has lost its time meanwhile, all stay pending, and nothing is told') from before;
select tests.be('approver');
select is(array(select (r ->> 'status') || ' ' || (r ->> 'status_reason') from jsonb_array_elements(api.approve_series(tests.id('a'), 'this', tests.id('a1'), 'fine') -> 'reservations') r), '{confirmed fine}', 'the answer has those that changed');
select tests.be_nobody();
select throws_ok($$ select api.approve_series(tests.id('a')) $$, '42501', null, 'nobody: refused at the door');
select tests.be_dba();
select is_empty('select * from booking.verify_invariants()', 'all is in order');

select * from finish();
rollback;
