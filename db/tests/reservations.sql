-- The table by itself: what a DBA may write and what not, and who reads what.
begin;
select no_plan();
select tests.world();

select throws_ok(format('insert into booking.reservations (tenant_id, resource_id, starts_at, ends_at, units, unit) values (%L, %L, %L, %L, %L, %L)',
    tests.id('acme'), tests.id('room'), starts_at, ends_at, units, unit), code, null,
    format('a DBA cannot insert %s to %s, %s units, pinned to %s', starts_at, ends_at, units, unit))
  from (values
    (tests.at('09:00'), tests.at('09:00'), 1, null, '23514'), (tests.at('10:00'), tests.at('09:00'), 1, null, '23514'),
    (null, tests.at('09:00'), 1, null, '23502'), (tests.at('09:00'), null, 1, null, '23502'),
    ('-infinity', tests.at('09:00'), 1, null, '23514'), (tests.at('09:00'), 'infinity', 1, null, '23514'),
    ('0001-12-31 BC', tests.at('09:00'), 1, null, '23514'), (tests.at('09:00'), '10000-01-01 00:00+00', 1, null, '23514'),
    (tests.at('09:00'), tests.at('10:00'), 0, null, '23514'), (tests.at('09:00'), tests.at('10:00'), 1, 0, '23514')
  ) as wrong (starts_at, ends_at, units, unit, code);
select throws_ok($$ insert into booking.reservations (tenant_id, resource_id, starts_at, ends_at, payment_status)
  values (tests.id('acme'), tests.id('room'), tests.at('09:00'), tests.at('10:00'), 'owed') $$, '23514', null, 'nor one that is paid in a way of its own');
select throws_ok(format('insert into booking.reservations (tenant_id, resource_id, starts_at, ends_at, status) values (%L, %L, %L, %L, ''tentative'')',
    tests.id('globex'), tests.id('room'), tests.at('09:00'), tests.at('10:00')), 'PT404', 'not_found', 'nor book another tenant''s resource');
select throws_ok(format('insert into booking.reservations (tenant_id, resource_id, starts_at, ends_at, buffer_before, buffer_after, status) values (%L, %L, %L, %L, ''0'', ''0'', ''tentative'')',
    tests.id('globex'), tests.id('room'), tests.at('09:00'), tests.at('10:00')), '23503', null, 'nor with buffers of its own');

select tests.reserve('a', 'room', '09:00', '10:00');
select throws_ok($$ update booking.reservations set tenant_id = tests.id('globex') $$, 'PT400', 'invalid_argument', 'a reservation stays in its tenant');
select throws_ok($$ update booking.reservations set resource_id = tests.id('theirs') $$, '23503', null, 'and with its tenant''s resources');
select throws_ok($$ delete from booking.resources where id = tests.id('room') $$, '23503', null, 'which cannot go from under it');
update booking.reservations set version = 40, created_at = 'epoch', updated_at = 'epoch' where id = tests.id('a');
select is(array[r.version::text, r.created_at::text, r.updated_at::text], array['2', tests.at('08:00')::text, tests.at('08:00')::text],
  'version and times are not written, they happen') from tests.reservation('a') r;
update booking.reservations set title = 'x' where id = tests.id('a');
select is((tests.reservation('a')).version, 3, 'each change raises the version by one');
set local booking.reason = 'flood';
update booking.reservations set status = 'cancelled' where id = tests.id('a');
select is((tests.reservation('a')).status_reason, 'flood', 'booking.reason says why');
select throws_ok($$ update booking.reservations set starts_at = tests.at('08:00') where id = tests.id('a') $$, 'PT409', 'invalid_transition', 'what is over does not move');
select lives_ok($$ update booking.reservations set notes = null where id = tests.id('a') $$, 'but its texts can be mended');

-- Who reads what
select tests.reserve('mine', 'room', '09:00', '10:00');
select tests.reserve('hers', 'room', '10:00', '11:00', owner => 'colleague');
select tests.reserve('other', 'theirs', '09:00', '10:00', owner => 'stranger');
select tests.be('member');
select set_eq('select id from api.reservations', array[tests.id('a'), tests.id('mine')], 'a member reads their own');
select results_eq('select starts_at, title, owner_id, reservation_id, status::text from api.calendar order by 1',
  $$ values (tests.at('09:00'), 'mine'::varchar, tests.id('member'), tests.id('mine'), 'confirmed'), (tests.at('10:00'), null, null, null, null) $$,
  'and others'' time as busy, no more');
select tests.be('approver');
select set_eq('select id from api.reservations', array[tests.id('a'), tests.id('mine'), tests.id('hers')], 'an approver reads the tenant''s');
select set_eq('select title from api.calendar', array['mine', 'hers'], 'in the calendar, too');
select tests.be('stranger');
select set_eq('select id from api.reservations', array[tests.id('other')], 'another tenant, its own');

select * from finish();
rollback;
