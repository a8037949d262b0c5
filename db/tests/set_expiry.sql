-- A held or pencilled reservation expires, whoever writes it, and its claims with it; no other does.
begin;
select no_plan();
select tests.world();

create function pg_temp.expires(name text) returns timestamptz language sql as $$ select (tests.reservation(name)).expires_at $$;
-- As the claims have it.
create function pg_temp.claimed_until(name text) returns timestamptz[] language sql
as $$ select array_agg(expires_at order by unit) from booking.claims where source_id = tests.id(name) $$;

-- How long
select tests.reserve('h', 'room', '09:00', '10:00', 'held');
select tests.reserve('p', 'room', '10:00', '11:00', 'pencilled');
select is(pg_temp.expires('h'), tests.at('08:30'), 'a hold lasts 30 minutes where nothing is set');
select is(pg_temp.expires('p'), tests.at('08:00', 2), 'a pencilled one 48 hours');
select is(pg_temp.claimed_until('h') || pg_temp.claimed_until('p'), array[tests.at('08:30'), tests.at('08:00', 2)], 'and so do their claims');
select tests.rule(null, '{"hold_ttl": "1 hour", "pencil_ttl": "1 day"}');
select tests.reserve('h2', 'studio', '09:00', '10:00', 'held');
select tests.reserve('p2', 'studio', '10:00', '11:00', 'pencilled');
select is(array[pg_temp.expires('h2'), pg_temp.expires('p2')], array[tests.at('09:00'), tests.at('08:00', 1)], 'or as the rules have it');
select is(pg_temp.expires('h'), tests.at('08:30'), 'a new rule moves nothing that is there');
select tests.reserve('h3', 'studio', '11:00', '12:00', 'held', expires => '08:45');
select is(pg_temp.expires('h3'), tests.at('08:45'), 'a DBA may say another time');
select tests.reserve('c', 'studio', '12:00', '13:00', expires => '08:45');
select tests.reserve('t', 'studio', '12:00', '13:00', 'tentative', expires => '08:45');
select is(array[pg_temp.expires('c'), pg_temp.expires('t')], '{null, null}', 'but not for what never expires');
select throws_ok($$ set local session_replication_role = replica; insert into booking.reservations (tenant_id, resource_id, starts_at, ends_at, buffer_before, buffer_after, status)
  values (tests.id('acme'), tests.id('room'), tests.at('09:00'), tests.at('10:00'), '0', '0', 'held') $$, '23514', null, 'no hold is for ever, even without the triggers');
set local session_replication_role = origin;
select throws_ok($$ set local session_replication_role = replica; insert into booking.reservations (tenant_id, resource_id, starts_at, ends_at, buffer_before, buffer_after, expires_at)
  values (tests.id('acme'), tests.id('room'), tests.at('09:00'), tests.at('10:00'), '0', '0', tests.at('09:00')) $$, '23514', null, 'nor does a confirmed one expire');
set local session_replication_role = origin;

-- As it changes
update booking.reservations set expires_at = tests.at('08:50') where id = tests.id('h3');
select is(pg_temp.claimed_until('h3'), array[tests.at('08:50')], 'the claim follows');
select is(tests.events('h3'), '{reservation.held, reservation.hold_extended}', 'and the event tells');
update booking.reservations set expires_at = null where id = tests.id('h3');
select is(pg_temp.expires('h3'), tests.at('09:00'), 'no time is the rule''s time');
update booking.reservations set status = 'pencilled' where id = tests.id('h3');
select is(pg_temp.claimed_until('h3'), array[tests.at('08:00', 1)], 'pencilled in, it has a pencilled one''s time');
update booking.reservations set status = 'pencilled', expires_at = tests.at('12:00') where id = tests.id('h2');
select is(pg_temp.claimed_until('h2'), array[tests.at('12:00')], 'or its own');
update booking.reservations set title = 'x', starts_at = tests.at('09:30') where id = tests.id('h2');
select is(pg_temp.claimed_until('h2'), array[tests.at('12:00')], 'which nothing else changes');
update booking.reservations set status = 'confirmed' where id in (tests.id('h2'), tests.id('h3'));
select is(array[pg_temp.expires('h2'), pg_temp.expires('h3')], '{null, null}', 'confirmed, it expires no more');
select is(pg_temp.claimed_until('h2') || pg_temp.claimed_until('h3'), '{null, null}', 'nor do its claims');
update booking.reservations set expires_at = tests.at('12:00') where id = tests.id('h2');
select is(pg_temp.expires('h2'), null, 'not even if a DBA says so');

select tests.reserve('d', 'desks', '09:00', '10:00', 'held', units => 2, expires => '08:40');
update booking.reservations set expires_at = expires_at + interval '5 minutes' where id in (tests.id('d'), tests.id('h'), tests.id('p'));
select is(pg_temp.claimed_until('d') || pg_temp.claimed_until('h') || pg_temp.claimed_until('p'),
  array[tests.at('08:45'), tests.at('08:45'), tests.at('08:35'), tests.at('08:05', 2)], 'several in one statement, each claim its own');
update booking.reservations set resource_id = tests.id('room'), units = 1, starts_at = tests.at('11:00'), ends_at = tests.at('12:00') where id = tests.id('d');
select is(tests.claims('d')::text || pg_temp.claimed_until('d')::text, '{"room 1 11:00-12:00"}' || array[tests.at('08:45')]::text, 'on another resource it expires as before');
update booking.resources set blocking_statuses = '{confirmed, checked_in}' where id = tests.id('studio');
update booking.reservations set resource_id = tests.id('studio') where id = tests.id('d');
select is(tests.claims('d'), '{}', 'where holds take no time, it has none');
select is(pg_temp.expires('d'), tests.at('08:45'), 'and expires all the same');

-- A day is 24 hours, whatever the clocks do that night.
set local timezone = 'Europe/Berlin';
set local booking.now = '2030-03-30 12:00+00';
select tests.rule('desks', '{"hold_ttl": "2 days"}');
insert into booking.reservations (tenant_id, id, resource_id, starts_at, ends_at, status)
values (tests.id('acme'), tests.id('dst'), tests.id('desks'), '2030-05-01 09:00+00', '2030-05-01 10:00+00', 'held');
select is(pg_temp.expires('dst'), '2030-04-01 12:00+00', 'two days are 48 hours, summer time or not');
set local timezone = 'UTC';

-- Once it has expired
select tests.clock('08:35');
create temp table before as select tests.digest();
select throws_ok(format('update booking.reservations set %s where id = tests.id(''h'')', change), 'PT409', 'hold_expired', 'what has expired is not changed by a DBA either: ' || change)
  from unnest(array['status = ''confirmed''', 'status = ''pencilled''', 'status = ''cancelled''', 'title = ''x''', 'expires_at = expires_at + interval ''1 hour''', 'expires_at = null',
                    'starts_at = starts_at + interval ''15 minutes''', 'status = ''displaced''', 'status = ''confirmed'', expires_at = null']) change;
select is(tests.details($$ update booking.reservations set title = 'x' where id = tests.id('h') $$), jsonb_build_object('status', 'held', 'expired_at', tests.at('08:35')),
  'the details say since when');
select throws_ok('update booking.reservations set title = ''x''', 'PT409', 'hold_expired', 'nor among others');
select is(tests.digest(), digest, 'nothing of that changed anything') from before;
update booking.reservations set status = 'expired' where id = tests.id('h');
select is((tests.reservation('h')).status::text || tests.claims('h')::text, 'expired{}', 'but they may say so');
select is(pg_temp.expires('h'), null, 'that it expires is over');
select tests.clock('12:00', 5);
delete from booking.reservations where id = tests.id('p');
select is(tests.claims('p')::text || tests.events('p')::text, '{}{reservation.pencilled,reservation.hold_extended,reservation.cancelled}', 'or delete it');
select lives_ok($$ select tests.reserve('past', 'room', '09:00', '10:00', 'held', expires => '08:00') $$, 'a hold may be stale from the first');
select is_empty('select * from booking.verify_invariants()', 'all is in order');

select * from finish();
rollback;
