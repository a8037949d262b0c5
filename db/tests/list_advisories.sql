-- What api.check_reservation_conflict() advises: numbers, never a refusal, and nothing of whose it is.
begin;
select no_plan();
select tests.world();

-- The codes, and all of one advisory but its message.
create function pg_temp.codes(resource text, starts text, ends text, units integer default 1, except_for text default null) returns text[] language sql
as $$
  select coalesce(array_agg(a ->> 'code' || coalesce(' ' || (a ->> 'scope'), ' ' || (a ->> 'side'), '') order by n), '{}')
    from jsonb_array_elements(api.check_reservation_conflict(tests.id(resource), tests.at(starts), tests.at(ends), units, tests.id(except_for)) -> 'advisories') with ordinality x (a, n)
$$;
create function pg_temp.advisory(resource text, starts text, ends text, code text, units integer default 1) returns jsonb language sql
as $$
  select a - '{code, message}'::text[] from jsonb_array_elements(api.check_reservation_conflict(tests.id(resource), tests.at(starts), tests.at(ends), units) -> 'advisories') a where a ->> 'code' = advisory.code
$$;

select tests.be('member');
select is(pg_temp.codes('room', '09:00', '10:00'), '{}', 'nothing to say');

-- near_capacity
select tests.reserve('d', 'desks', '09:00', '10:00');
select is(pg_temp.codes('desks', '09:00', '10:00'), '{}', 'one is left');
select is(pg_temp.advisory('desks', '09:00', '10:00', 'near_capacity', 2), '{"scope": "units", "limit": 1, "capacity": 3, "units_used": 3, "units_free": 0}', 'the last of a pool');
select tests.rule('desks', '{"near_capacity_ratio": 0.6}');
select is(pg_temp.advisory('desks', '09:00', '10:00', 'near_capacity'), '{"scope": "units", "limit": 0.6, "capacity": 3, "units_used": 2, "units_free": 1}', 'or from the ratio on');
select is(pg_temp.codes('desks', '10:00', '11:00'), '{}', 'where nobody is, not');
select is(pg_temp.codes('desks', '09:00', '10:00', except_for => 'd'), '{}', 'nor by what is moving');
select tests.hours('room', '{1}', '08:00', '18:00');
select tests.rule('room', '{"near_capacity_ratio": 0.5}');
select tests.reserve('r', 'room', '14:00', '17:00', owner => 'colleague');
select is(pg_temp.codes('room', '09:00', '10:59'), '{}', 'a day that is half free');
select is(pg_temp.advisory('room', '09:00', '11:00', 'near_capacity'), '{"scope": "day", "limit": 0.5, "date": "2030-01-07", "share": 0.500}', 'and one that then is half booked');
select tests.close('hour', 'room', '17:00', '18:00');
select is(pg_temp.advisory('room', '09:00', '10:30', 'near_capacity') ->> 'share', '0.500', 'what is blacked out is not open');
select tests.be_dba();
delete from booking.booking_rules;

-- near_blackout
select tests.be('member');
select is(pg_temp.codes('room', '09:00', '10:00'), '{}', 'far from the blackout');
select tests.reserve('x', 'studio', '09:00', '10:00');
select tests.close('soon', 'studio', '12:00', '13:00', reason => 'tuning');
select is(pg_temp.advisory('studio', '10:30', '11:30', 'near_blackout'),
  jsonb_build_object('limit', '01:00:00', 'gap', '00:30:00', 'blackout', jsonb_build_object('id', tests.id('soon'), 'kind', 'maintenance', 'reason', 'tuning', 'starts_at', tests.at('12:00'), 'ends_at', tests.at('13:00'))), 'one begins soon after');
select is(pg_temp.advisory('studio', '13:00', '14:00', 'near_blackout') ->> 'gap', '00:00:00', 'one ends just before');
select is(pg_temp.codes('studio', '14:00', '15:00'), '{}', 'an hour is enough, where nothing is set');
select tests.rule('studio', '{"near_blackout_window": "0"}');
select is(pg_temp.codes('studio', '13:00', '14:00'), '{}', 'or what the rule says');

-- tight_turnaround
select is(pg_temp.advisory('studio', '10:00', '11:00', 'tight_turnaround'),
  jsonb_build_object('side', 'before', 'gap', '00:00:00', 'limit', '00:15:00', 'starts_at', tests.at('09:00'), 'ends_at', tests.at('10:00')), 'back to back, and when');
select is(pg_temp.codes('studio', '10:14:59', '11:00'), '{"tight_turnaround before"}', 'less than a quarter of an hour');
select is(pg_temp.codes('studio', '10:15', '11:00'), '{}', 'a quarter is enough');
select is(pg_temp.codes('studio', '08:30', '08:50'), '{"tight_turnaround after"}', 'the next one comes soon');
select is(pg_temp.codes('studio', '10:00', '11:00', except_for => 'x'), '{}', 'what moves is no neighbour of itself');
select is(pg_temp.codes('desks', '10:00', '11:00'), '{}', 'of a pool, other units are at hand');
select is(pg_temp.codes('desks', '10:00', '11:00', 3), '{"near_capacity units","tight_turnaround before"}', 'unless all are wanted');
select tests.be_dba();
update booking.booking_rules set buffer_before = '20 minutes' where resource_id = tests.id('studio');
select tests.be('member');
select is(pg_temp.codes('studio', '10:20', '11:00'), '{"tight_turnaround before"}', 'beside the buffers');
select is(pg_temp.codes('studio', '10:35', '11:00'), '{}', 'and with a quarter beyond them not');

-- competing_requests
select tests.reserve('t1', 'room', '11:00', '12:00', 'tentative', owner => 'colleague');
select tests.reserve('t2', 'room', '11:30', '12:30', 'tentative');
select is(pg_temp.advisory('room', '11:15', '11:45', 'competing_requests'), '{"tentative": 2, "pending": 0}', 'how many, and no more');
select is(pg_temp.advisory('room', '12:00', '13:00', 'competing_requests'), '{"tentative": 1, "pending": 0}', 'those that are in the way');
select is(pg_temp.codes('room', '10:00', '11:00'), '{}', 'and those alone');
select is(pg_temp.codes('room', '12:00', '13:00', except_for => 't2'), '{}', 'not what is moving');
-- Where approval is required, the time may even be taken.
select tests.reserve('p', 'stage', '09:00', '10:00', 'pending', owner => 'colleague');
select tests.reserve('s', 'stage', '12:00', '13:00', owner => 'colleague');
select is(pg_temp.advisory('stage', '09:00', '10:00', 'competing_requests'), '{"tentative": 0, "pending": 1}', 'others wait for approval');
select is(pg_temp.codes('stage', '12:30', '13:30'), '{time_taken}', 'a request would only wait');
select is(pg_temp.advisory('stage', '12:30', '13:30', 'time_taken'),
  jsonb_build_object('conflicts', jsonb_build_array(jsonb_build_object('resource_id', tests.id('stage'), 'starts_at', tests.at('12:00'), 'ends_at', tests.at('13:00'), 'kind', 'reservation'))), 'and for what');
select is(array(select distinct k from jsonb_array_elements(api.check_reservation_conflict(tests.id('stage'), tests.at('12:30'), tests.at('13:30')) -> 'advisories') a, jsonb_object_keys(a) k order by k), '{code,conflicts,message}', 'no more than that');
select matches(a ->> 'message', '^[[:alnum:]].*\.$', 'a sentence: ' || (a ->> 'message'))
  from (values ('desks', '09:00', '10:00', 2), ('studio', '10:20', '11:00', 1), ('room', '11:15', '11:45', 1), ('stage', '12:30', '13:30', 1)) q (resource, starts, ends, units),
       jsonb_array_elements(api.check_reservation_conflict(tests.id(resource), tests.at(starts), tests.at(ends), units) -> 'advisories') a;

select * from finish();
rollback;
