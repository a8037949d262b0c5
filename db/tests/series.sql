-- The table of series: what its triggers keep, and who reads it.
begin;
select no_plan();
select tests.world();
select tests.recur('a', 'FREQ=DAILY;COUNT=3');
select tests.recur('hers', 'FREQ=DAILY;COUNT=2', 'studio', owner => 'colleague');
select tests.recur('theirs', 'FREQ=DAILY;COUNT=2', 'theirs', owner => 'stranger');

-- What a row is
select is(array[s.version::text, s.dst_gap, s.rdates::text, s.exdates::text, s.cancelled_at::text], '{1,skip,"{}","{}",NULL}', 'a new one') from tests.series('a') s;
create function pg_temp.insert(more jsonb) returns void language sql
as $$
  insert into booking.series
  select * from jsonb_populate_record((select s from booking.series s where id = tests.id('a')), jsonb_build_object('id', gen_random_uuid()) || more)
$$;
select is(tests.answer(format('select pg_temp.insert(%L)', more)) ->> 'code', code, format('%s: %s', coalesce(code, 'fine'), more))
  from (values
    ('{}', null), ('{"rrule": null, "rdates": ["2030-01-09 09:00"]}', null), ('{"duration": null, "local_end": "2030-01-08 10:00"}', null), ('{"version": 7}', null), ('{"timezone": "America/New_York"}', null),
    ('{"rrule": "FREQ=DAILY"}', 'PT400'), ('{"rrule": "nonsense"}', 'PT400'), ('{"timezone": "Europe/Atlantis"}', 'PT400'), ('{"timezone": "CET-1"}', 'PT400'),
    ('{"duration": null}', '23514'), ('{"local_end": "2030-01-08 10:00"}', '23514'), ('{"duration": "0"}', '23514'), ('{"duration": "-1 hour"}', '23514'), ('{"duration": "11 years"}', '23514'),
    ('{"duration": null, "local_end": "2030-01-08 09:00"}', '23514'), ('{"dst_gap": "jump"}', '23514'), ('{"local_start": null}', '23502'), ('{"rdates": null}', '23502'), ('{"title": null}', '23502')) as s (more, code);
create function pg_temp.idle() returns void language plpgsql
as $$
begin
  perform pg_temp.insert(jsonb_build_object('id', tests.id('idle'), 'rrule', null, 'rdates', '{}'::text[]));
  perform booking.list_occurrences(tests.series('idle'));
end
$$;
select isnt(tests.answer('select pg_temp.idle()') ->> 'message', 'invalid_recurrence', 'one that never takes place is refused, or is none that a reader stumbles over');
select throws_ok(format('select pg_temp.insert(jsonb_build_object(''resource_id'', tests.id(%L)))', name), '23503', null, 'its resource is one of the tenant: ' || name) from unnest('{theirs,nowhere}'::text[]) name;
select throws_ok(format('update booking.series set %s where id = tests.id(''a'')', change), code, null, change)
  from (values ('id = gen_random_uuid()', 'PT400'), ($$tenant_id = tests.id('globex')$$, 'PT400'), ($$rrule = 'FREQ=HOURLY;COUNT=2'$$, 'PT400'), ($$timezone = 'Mars'$$, 'PT400')) as c (change, code);

-- Every change has its event.
create temp table changes as select tests.rows() as before;
select lives_ok($$ update booking.series set title = 'T', version = 9, created_at = '2000-01-01' where id = tests.id('a') $$, 'a DBA changes it');
select is(tests.changes(before), '1 series.updated', 'which has an event') from changes;
select is(array[s.version::text, s.created_at::text, s.updated_at::text], array['2', booking.now()::text, booking.now()::text], 'raises the version by one, and cannot say otherwise') from tests.series('a') s;
select is(array[e.type, e.subject ->> 'title', e.previous::text, e.owner_id::text, e.resource_id::text], array['series.updated', 'T', '{"title": "a"}', tests.id('member')::text, tests.id('room')::text], 'it tells what is, and what was')
  from (select * from booking.events where subject ->> 'id' = tests.id('a')::text order by seq desc limit 1) e;
select is(booking.event_data(e) - '{previous,override}'::text[], jsonb_build_object('series', to_jsonb(tests.series('a')), 'reason', null), 'as the contract has it') from (select * from booking.events where subject ->> 'id' = tests.id('a')::text order by seq desc limit 1) e;
update changes set before = tests.rows();
update booking.series set cancelled_at = booking.now() where id = tests.id('hers');
select is(tests.changes(before), '1 series.cancelled', 'cancelled') from changes;
update changes set before = tests.rows();
update booking.series set title = 'x' where id = tests.id('hers');
select is(tests.changes(before), '1 series.updated', 'once') from changes;

-- A deleted occurrence never returns.
update changes set before = tests.rows();
delete from booking.reservations where id = tests.id('a2');
select is(tests.changes(before), '1 reservation.cancelled, 1 series.updated', 'one is deleted') from changes;
select is(s.exdates, '{2030-01-09 09:00}', 'the series knows that it has none then') from tests.series('a') s;
create function pg_temp.return(original timestamptz) returns void language sql
as $$
  insert into booking.reservations (tenant_id, resource_id, starts_at, ends_at, owner_id, series_id, original_starts_at)
  values (tests.id('acme'), tests.id('room'), '2030-01-09 09:00+00', '2030-01-09 10:00+00', tests.id('member'), tests.id('a'), $1)
$$;
select throws_ok($$ select pg_temp.return('2030-01-09 09:00+00') $$, 'PT400', 'invalid_argument', 'by no road does it return');
select throws_ok($$ select pg_temp.return(null) $$, 'PT400', 'invalid_argument', 'nor by one that does not say which it is');
select throws_ok($$ select tests.be('member'), api.reschedule_reservation(tests.id('a2'), tests.at('09:00', 2), tests.at('10:00', 2)) $$, 'PT404', 'not_found', 'nor by a move');
select tests.be('member');
select is(array(select original_starts_at from api.series_occurrences(tests.id('a'))), array[tests.at('09:00', 1), tests.at('09:00', 3)], 'nor by the rule');
select tests.be_dba();
update changes set before = tests.rows();
delete from booking.reservations where id in (tests.id('a1'), tests.id('a3'));
select is(tests.changes(before), '2 reservation.cancelled, 1 series.updated', 'several at once are one change of the series') from changes;
select is((tests.series('a')).exdates, '{2030-01-09 09:00, 2030-01-08 09:00, 2030-01-10 09:00}', 'all of them');
select is_empty('select * from booking.list_occurrences(tests.series(''a''))', 'it takes place no more');
-- One that was moved: by the start its rule gave it
select tests.recur('m', 'FREQ=DAILY;COUNT=2', 'desks');
select tests.edit('member', $$reschedule this m2, shift => '5 hours'$$);
select tests.be_dba();
delete from booking.reservations where id = tests.id('m2');
select is((tests.series('m')).exdates, '{2030-01-09 09:00}', 'of one that was moved, the start its rule gave it');
-- By the wall clock of the series
update booking.resources set timezone = 'Europe/Berlin' where id = tests.id('studio');
select tests.recur('z', 'FREQ=DAILY;COUNT=3', 'studio', '2030-03-30 02:30', dst_gap => 'shift');
delete from booking.reservations where id in (tests.id('z2'), tests.id('z3'));
select is(array(select starts_at from booking.list_occurrences(tests.series('z'))), array[timestamptz '2030-03-30 01:30+00'], 'also one that the change of clocks had shifted');
select tests.recur('d', 'FREQ=DAILY;COUNT=2', 'studio', '2030-10-27 02:30');
delete from booking.reservations where id = tests.id('d1');
select is(array(select starts_at from booking.list_occurrences(tests.series('d'))), array[timestamptz '2030-10-28 01:30+00'], 'or that stands on the hour that there is twice');
-- A reservation that is in no series
select tests.reserve('alone', 'stage', '09:00', '10:00');
update changes set before = tests.rows();
delete from booking.reservations where id = tests.id('alone');
select is(tests.changes(before), '1 reservation.cancelled', 'one alone is no series'' matter') from changes;

-- An end of it
select throws_ok($$ delete from booking.series where id = tests.id('m') $$, '23503', null, 'none is taken from under its occurrences');
update changes set before = tests.rows();
delete from booking.series where id = tests.id('a');
select is(tests.changes(before), '1 series.cancelled', 'without any, it can be deleted, which is told') from changes;
select is(array[e.subject ->> 'id', e.reason], array[tests.id('a')::text, 'deleted'], 'as that') from (select * from booking.events order by seq desc limit 1) e;
select lives_ok($$ select tests.recur('a', 'FREQ=DAILY;COUNT=2', 'stage') $$, 'its id is free again');
select is_empty('select * from booking.verify_invariants()', 'all is in order');

-- Who reads it
create function pg_temp.sees(who text) returns text language plpgsql
as $$
begin
  perform tests.be(who);
  return (select string_agg(name, ',' order by name) from api.series join unnest('{a,m,z,d,hers,theirs}'::text[]) name on tests.id(name) = id);
end
$$;
select is(pg_temp.sees(who), names, format('%s sees %s', who, names))
  from (values ('member', 'a,d,m,z'), ('colleague', 'hers'), ('approver', 'a,d,hers,m,z'), ('manager', 'a,d,hers,m,z'), ('stranger', 'theirs')) as readers (who, names);
select tests.be('colleague');
select is(count(*), 0::bigint, 'a member sees no events of others'' series') from booking.events where type like 'series.%' and subject ->> 'id' <> tests.id('hers')::text;
select cmp_ok(count(*), '>', 0::bigint, 'but those of their own') from booking.events where type like 'series.%';
-- Another's series is as none, whatever is asked of it.
select is(replace(tests.answer(format(call, tests.id('a')))::text, tests.id('a')::text, 'id'), replace(tests.answer(format(call, tests.id('none')))::text, tests.id('none')::text, 'id'), 'a colleague learns nothing from ' || call)
  from unnest('{select api.cancel_series(%L),select api.confirm_series(%L),select api.approve_series(%L),select api.reject_series(%L),select api.update_series(%L),"select api.update_series(%L, expected_version => 99)","select api.reschedule_series(%L, shift => ''1 hour'')",select * from api.series_occurrences(%L)}'::text[]) call;
select tests.be('admin');
select throws_ok(change, '42501', null, 'nobody writes it by hand: ' || change) from unnest(array['update api.series set title = ''x''', 'delete from api.series', 'insert into api.series (resource_id) values (null)', 'update booking.series set title = ''x''']) change;
select tests.be_nobody();
select throws_ok('select * from api.series', '42501', null, 'nobody: refused at the door');

select * from finish();
rollback;
