-- api.reject_series refuses a series that waits for approval.
begin;
select no_plan();
select tests.world();

select is(array[t.told, t.stands], array[s.told, s.stands], format('%s (%s)', what, array_to_string(steps, '; ')))
  from (values
  ('all of it', array['reject all a'], '3 reservation.rejected, 1 series.updated', '08 09:00-10:00 rejected, 09 09:00-10:00 rejected, 10 09:00-10:00 rejected'),
  ('one', array['reject this a2'], '1 reservation.rejected, 1 series.updated', '08 09:00-10:00 pending, 09 09:00-10:00 rejected, 10 09:00-10:00 pending'),
  ('the following', array['reject following a2'], '2 reservation.rejected, 1 series.updated', '08 09:00-10:00 pending, 09 09:00-10:00 rejected, 10 09:00-10:00 rejected'),
  ('the rest', array['approve this a1', 'reject all a'], '2 reservation.rejected, 1 series.updated', '08 09:00-10:00, 09 09:00-10:00 rejected, 10 09:00-10:00 rejected')
  ) as s (what, steps, told, stands),
  lateral tests.story($$tests.recur('a', 'FREQ=DAILY;COUNT=3', 'stage', status => 'pending')$$, steps, 'approver') t;

select tests.recur('a', 'FREQ=DAILY;COUNT=3', 'stage', status => 'pending');
select tests.recur('firm', 'FREQ=DAILY;COUNT=2', 'desks');
create temp table before as select tests.digest();
grant select on before to public;
select throws_ok(format('select tests.be(%L), api.reject_series(%s)', who, call), code, slug, format('%s for %s: %s', slug, who, left(call, 90)))
  from (values
    ('member', $$tests.id('a')$$, 'PT403', 'forbidden'), ('colleague', $$tests.id('a')$$, 'PT404', 'not_found'), ('stranger', $$tests.id('a')$$, 'PT404', 'not_found'), ('approver', $$tests.id('none')$$, 'PT404', 'not_found'),
    ('approver', $$tests.id('a'), 'some'$$, 'PT400', 'invalid_argument'), ('approver', $$tests.id('a'), 'this'$$, 'PT400', 'invalid_argument'), ('approver', $$tests.id('a'), expected_version => 2$$, 'PT409', 'version_conflict'),
    ('approver', $$tests.id('firm')$$, 'PT409', 'invalid_transition')) as refusals (who, call, code, slug);
select is(tests.digest(), digest, 'nothing of that changed anything') from before;
select tests.be('approver');
select is(array(select (r ->> 'status') || ' ' || (r ->> 'status_reason') from jsonb_array_elements(api.reject_series(tests.id('a'), 'this', tests.id('a1'), 'too loud') -> 'reservations') r), '{rejected too loud}', 'the answer has those that changed');
select is(tests.edit('approver', $$reject all a$$), '2 reservation.rejected, 1 series.updated', 'and the rest');
select throws_ok($$ select api.reject_series(tests.id('a')) $$, 'PT409', 'invalid_transition', 'once is enough');
select tests.be_nobody();
select throws_ok($$ select api.reject_series(tests.id('a')) $$, '42501', null, 'nobody: refused at the door');
select tests.be_dba();
select is_empty('select * from booking.verify_invariants()', 'all is in order');

select * from finish();
rollback;
