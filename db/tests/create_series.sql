-- api.create_series unrolls a rule into ordinary reservations, all or those that can be had.
begin;
select no_plan();
select tests.world();
select tests.rule(null, '{"max_priority": 4}');
update booking.resources set timezone = 'Europe/Berlin' where id = tests.id('studio');
select tests.rule('stage', '{"max_occurrences": 3, "hold_ttl": "10 minutes"}');

-- What one asks for and gets, as "08 09:00-10:00, 09 09:00-10:00; not 10 slot_taken", and what is told of it; then it is undone.
create function pg_temp.shows(answer jsonb, zone text) returns text language sql
as $$
  select coalesce((select string_agg(to_char((c ->> 'starts_at')::timestamptz at time zone zone, 'DD HH24:MI-') || to_char((c ->> 'ends_at')::timestamptz at time zone zone, 'HH24:MI'), ', ' order by n)
                     from jsonb_array_elements(answer -> 'created') with ordinality as created (c, n)), 'none')
      || coalesce('; not ' || (select string_agg(to_char((r ->> 'starts_at')::timestamptz at time zone zone, 'DD ') || (r ->> 'code'), ', ' order by n)
                                 from jsonb_array_elements(answer -> 'rejected') with ordinality as rejected (r, n)), '')
$$;
create function pg_temp.books(arguments text, who text default 'member') returns text language plpgsql
as $$
declare
  v_before jsonb := tests.rows();
  v_zone text := case when arguments like '%studio%' then 'Europe/Berlin' else 'UTC' end;
  v_answer jsonb;
  v_result text;
begin
  perform tests.be(who);
  execute format('select api.create_series(%s)', arguments) into v_answer;
  v_result := pg_temp.shows(v_answer, v_zone) || ' | ' || tests.changes(v_before);
  raise exception using errcode = 'TT000';
exception
  when sqlstate 'TT000' then return v_result;
end
$$;

-- The rows
select tests.be('member');
create temp table made as
select tests.rows() as before, api.create_series(tests.id('desks'), 'FREQ=WEEKLY;BYDAY=TU,TH;COUNT=3', '2030-01-08 09:00', '90 minutes', title => 'Stand-up', notes => 'n',
  units => 2, priority => 4, id => tests.id('s'), source_module => 'crm', source_id => '7', metadata => '{"a": 1}', reason => 'why') as answer;
grant select on made to public;
select is(answer ->> 'series_id', tests.id('s')::text, 'it has the id it was given') from made;
select results_eq($$ select jsonb_array_elements(answer -> 'created') from made $$, $$ select to_jsonb(r) from api.reservations r where series_id = tests.id('s') order by starts_at $$,
  'the answer has the reservations whole, in order');
select is(answer -> 'rejected', '[]', 'and that nothing was refused') from made;
select results_eq($$ select starts_at, ends_at, original_starts_at, units, title::text, notes::text, priority, source_module::text, source_id::text, metadata, status::text, owner_id, status_reason::text, version from api.reservations order by 1 $$,
  $$ select tests.at('09:00', day), tests.at('10:30', day), tests.at('09:00', day), 2, 'Stand-up', 'n', 4, 'crm', '7', '{"a": 1}'::jsonb, 'confirmed', tests.id('member'), 'why', 1 from unnest('{1, 3, 8}'::integer[]) day $$,
  'each is an ordinary reservation that knows its series and the start its rule gave it');
select results_eq('select resource_id, rrule::text, local_start, timezone, duration, local_end, rdates, exdates, dst_gap, title::text, owner_id, version, cancelled_at from api.series',
  $$ values (tests.id('desks'), 'FREQ=WEEKLY;BYDAY=TU,TH;COUNT=3', timestamp '2030-01-08 09:00', 'UTC', interval '90 minutes', null::timestamp, '{}'::timestamp[], '{}'::timestamp[], 'skip', 'Stand-up', tests.id('member'), 1, null::timestamptz) $$,
  'the series says how it recurs');
select is(tests.changes(before), '3 reservation.confirmed, 1 series.created', 'one event for each, and one for the series') from made;
select tests.be_dba();
select results_eq($$ select distinct actor_id, reason, override, owner_id from booking.events where type ~ '^(series|reservation)' $$, $$ values (tests.id('member'), 'why', false, tests.id('member')) $$, 'they say who and why');
select is(count(*), 6::bigint, 'each takes its units') from booking.claims;

-- When
select is(pg_temp.books(arguments), expected, coalesce(what, arguments))
  from (values
    ('a rule is counted from local_start, which need not be one of its days', $$tests.id('room'), 'FREQ=WEEKLY;BYDAY=WE;COUNT=2', '2030-01-08 09:00', '1 hour'$$, '09 09:00-10:00, 16 09:00-10:00 | 2 reservation.confirmed, 1 series.created'),
    ('UNTIL is the last that may begin', $$tests.id('room'), 'FREQ=DAILY;UNTIL=20300110T090000Z', '2030-01-08 09:00', '1 hour'$$, '08 09:00-10:00, 09 09:00-10:00, 10 09:00-10:00 | 3 reservation.confirmed, 1 series.created'),
    ('exdates are none, and count', $$tests.id('room'), 'FREQ=DAILY;COUNT=3', '2030-01-08 09:00', '1 hour', exdates => '{2030-01-09 09:00, 2030-01-20 09:00}'$$, '08 09:00-10:00, 10 09:00-10:00 | 2 reservation.confirmed, 1 series.created'),
    ('rdates come beside', $$tests.id('room'), 'FREQ=DAILY;COUNT=2', '2030-01-08 09:00', '1 hour', rdates => '{2030-01-12 14:00, 2030-01-08 09:00}'$$, '08 09:00-10:00, 09 09:00-10:00, 12 14:00-15:00 | 3 reservation.confirmed, 1 series.created'),
    ('an exdate takes an rdate away', $$tests.id('room'), 'FREQ=DAILY;COUNT=1', '2030-01-08 09:00', '1 hour', rdates => '{2030-01-12 14:00}', exdates => '{2030-01-12 14:00}'$$, '08 09:00-10:00 | 1 reservation.confirmed, 1 series.created'),
    ('rdates alone say when', $$tests.id('room'), null, '2030-01-08 09:00', '1 hour', rdates => '{2030-01-12 14:00, 2030-01-10 09:00}'$$, '10 09:00-10:00, 12 14:00-15:00 | 2 reservation.confirmed, 1 series.created'),
    ('local_end of a time of day is the next such', $$tests.id('room'), 'FREQ=DAILY;COUNT=2', '2030-01-08 22:00', local_end => '06:00'$$, '08 22:00-06:00, 09 22:00-06:00 | 2 reservation.confirmed, 1 series.created'),
    ('that of the start is a day later', $$tests.id('room'), 'FREQ=WEEKLY;COUNT=2', '2030-01-08 09:00', local_end => '09:00:00'$$, '08 09:00-09:00, 15 09:00-09:00 | 2 reservation.confirmed, 1 series.created'),
    ('or it has its date', $$tests.id('room'), 'FREQ=WEEKLY;COUNT=2', '2030-01-08 09:00', local_end => '2030-01-10T11:00:00'$$, '08 09:00-11:00, 15 09:00-11:00 | 2 reservation.confirmed, 1 series.created'),
    ('null arrays and timezone are as if left out', $$tests.id('room'), 'FREQ=DAILY;COUNT=1', '2030-01-08 09:00', '1 hour', timezone => null, exdates => null, rdates => null$$, '08 09:00-10:00 | 1 reservation.confirmed, 1 series.created'),
    ('another zone than the resource''s', $$tests.id('room'), 'FREQ=DAILY;COUNT=1', '2030-01-08 09:00', '1 hour', timezone => 'America/New_York'$$, '08 14:00-15:00 | 1 reservation.confirmed, 1 series.created'),
    ('back to back', $$tests.id('room'), 'FREQ=DAILY;COUNT=3', '2030-01-08 09:00', '24 hours'$$, '08 09:00-09:00, 09 09:00-09:00, 10 09:00-09:00 | 3 reservation.confirmed, 1 series.created'),
    ('one that has begun is a walk-in', $$tests.id('room'), 'FREQ=DAILY;COUNT=2', '2030-01-07 07:30', '1 hour'$$, '07 07:30-08:30, 08 07:30-08:30 | 2 reservation.confirmed, 1 series.created'),
    -- Berlin puts its clocks forward on 31 March at 02:00, and back on 27 October at 03:00.
    ('the clock on the wall stays, in the zone of the resource', $$tests.id('studio'), 'FREQ=DAILY;COUNT=3', '2030-03-30 09:00', '1 hour'$$, '30 09:00-10:00, 31 09:00-10:00, 01 09:00-10:00 | 3 reservation.confirmed, 1 series.created'),
    ('duration is what elapses: 8 hours of a short night', $$tests.id('studio'), 'FREQ=DAILY;COUNT=3', '2030-03-29 22:00', '8 hours'$$, '29 22:00-06:00, 30 22:00-07:00, 31 22:00-06:00 | 3 reservation.confirmed, 1 series.created'),
    ('and of a long one', $$tests.id('studio'), 'FREQ=DAILY;COUNT=2', '2030-10-26 22:00', '8 hours'$$, '26 22:00-05:00, 27 22:00-06:00 | 2 reservation.confirmed, 1 series.created'),
    ('a duration of a day is 24 hours', $$tests.id('studio'), 'FREQ=WEEKLY;COUNT=2', '2030-03-30 12:00', '1 day'$$, '30 12:00-13:00, 06 12:00-12:00 | 2 reservation.confirmed, 1 series.created'),
    ('local_end is by the wall clock, on a short night', $$tests.id('studio'), 'FREQ=DAILY;COUNT=3', '2030-03-29 22:00', local_end => '06:00'$$, '29 22:00-06:00, 30 22:00-06:00, 31 22:00-06:00 | 3 reservation.confirmed, 1 series.created'),
    ('and with its date', $$tests.id('studio'), 'FREQ=DAILY;COUNT=2', '2030-10-26 22:00', local_end => '2030-10-27 06:00'$$, '26 22:00-06:00, 27 22:00-06:00 | 2 reservation.confirmed, 1 series.created'),
    ('a start that there is not is skipped, and not counted', $$tests.id('studio'), 'FREQ=DAILY;COUNT=2', '2030-03-30 02:30', '1 hour'$$, '30 02:30-03:30, 01 02:30-03:30 | 2 reservation.confirmed, 1 series.created'),
    ('or it is later by the jump', $$tests.id('studio'), 'FREQ=DAILY;COUNT=2', '2030-03-30 02:30', '1 hour', dst_gap => 'shift'$$, '30 02:30-03:30, 31 03:30-04:30 | 2 reservation.confirmed, 1 series.created'),
    ('an end that there is not is later by the jump', $$tests.id('studio'), 'FREQ=DAILY;COUNT=2', '2030-03-30 01:30', local_end => '02:30'$$, '30 01:30-02:30, 31 01:30-03:30 | 2 reservation.confirmed, 1 series.created'),
    ('one that would end before its shifted start lasts as long as it looks', $$tests.id('studio'), 'FREQ=DAILY;COUNT=2', '2030-03-30 02:30', local_end => '03:00', dst_gap => 'shift'$$, '30 02:30-03:00, 31 03:30-04:00 | 2 reservation.confirmed, 1 series.created'),
    ('what is in time is what counts, not the calendar: the exdate of a shifted start', $$tests.id('studio'), 'FREQ=DAILY;COUNT=2', '2030-03-30 02:30', '1 hour', exdates => '{2030-03-31 02:30}', dst_gap => 'shift'$$, '30 02:30-03:30 | 1 reservation.confirmed, 1 series.created')
  ) as series (what, arguments, expected);
select is(tests.answer($$ select api.create_series(tests.id('studio'), 'FREQ=DAILY;COUNT=1', '2030-10-27 02:30', '1 hour') $$), '{"rows": 1}', 'a time that there is twice lives')
  from (select tests.be('member')) w;
select is((c ->> 'starts_at')::timestamptz, '2030-10-27 02:30+02', 'and means the first')
  from jsonb_array_elements(api.create_series(tests.id('studio'), 'FREQ=DAILY;COUNT=1', '2030-10-27 02:30', '1 hour', dry_run => true) -> 'created') c;
select is((c ->> 'ends_at')::timestamptz - (c ->> 'starts_at')::timestamptz, hours::interval, format('from 22:00 to 06:00 on %s are %s', day, hours))
  from (values ('2030-03-29', '8:00'), ('2030-03-30', '7:00'), ('2030-10-26', '9:00')) as nights (day, hours),
       jsonb_array_elements(api.create_series(tests.id('studio'), 'FREQ=DAILY;COUNT=1', day::date + time '22:00', local_end => '06:00', dry_run => true) -> 'created') c;

-- Statuses
select is(pg_temp.books(format('tests.id(%L), %L, %L, %L, status => %L', resource, 'FREQ=DAILY;COUNT=2', '2030-01-08 19:00', '1 hour', status)), '08 19:00-20:00, 09 19:00-20:00 | 2 ' || event || ', 1 series.created', format('%s on the %s: %s', status, resource, event))
  from (values ('room', 'tentative', 'reservation.created'), ('room', 'held', 'reservation.held'), ('room', 'pencilled', 'reservation.pencilled'), ('stage', 'confirmed', 'reservation.submitted'), ('stage', 'held', 'reservation.held')) as s (resource, status, event);
select is(pg_temp.books($$tests.id('stage'), 'FREQ=DAILY;COUNT=2', '2030-01-08 19:00', '1 hour', override => true, reason => 'so be it'$$, 'manager'), '08 19:00-20:00, 09 19:00-20:00 | 2 reservation.confirmed, 1 series.created', 'managers override approval');
select results_eq($$ select (c ->> 'status'), (c ->> 'expires_at')::timestamptz from jsonb_array_elements(api.create_series(tests.id('stage'), 'FREQ=DAILY;COUNT=2', '2030-01-08 19:00', '1 hour', status => 'held', dry_run => true) -> 'created') c $$,
  $$ values ('held', tests.at('08:10')), ('held', tests.at('08:10')) $$, 'all are held as long as the resource says');
select results_eq($$ select (c ->> 'expires_at')::timestamptz from jsonb_array_elements(api.create_series(tests.id('room'), 'FREQ=DAILY;COUNT=2', '2030-01-08 19:00', '1 hour', status => 'pencilled', pencil_ttl => '24 hours', dry_run => true) -> 'created') c $$,
  array[tests.at('08:00', 1), tests.at('08:00', 1)], 'or pencilled in as long as asked for');
select tests.be('manager');
select is(array(select distinct c ->> 'owner_id' from jsonb_array_elements(api.create_series(tests.id('room'), 'FREQ=DAILY;COUNT=2', '2030-02-08 19:00', '1 hour', owner_id => tests.id('colleague'), id => tests.id('hers')) -> 'created') c), array[tests.id('colleague')::text], 'managers make them for others');
select is(s.owner_id, tests.id('colleague'), 'whose they are') from tests.series('hers') s;
select is(pg_temp.books($$tests.id('room'), 'FREQ=DAILY;COUNT=2', '2030-01-05 19:00', '1 hour', override => true, reason => 'was so'$$, 'manager'), '05 19:00-20:00, 06 19:00-20:00 | 2 reservation.confirmed, 1 series.created', 'and enter what was');
select lives_ok($$ select tests.be('stranger'), api.create_series(tests.id('theirs'), 'FREQ=DAILY;COUNT=2', '2030-01-08 19:00', '1 hour', id => tests.id('s')) $$, 'an id that another tenant has is free there');

-- What is in the way: 9, the 10th is closed, on 11 two of three desks are gone, 12 is a tentative one, which is nothing.
select tests.be_dba();
insert into booking.reservations (tenant_id, id, resource_id, starts_at, ends_at, status, owner_id, title)
select tests.id('acme'), tests.id('rival ' || r.resource || day), tests.id(r.resource), tests.at('09:30', day - 7), tests.at('09:45', day - 7), r.status::booking.reservation_status, tests.id('colleague'), 'secret'
  from (values ('room', 9, 'confirmed'), ('room', 12, 'tentative'), ('room', 15, 'confirmed')) as r (resource, day, status);
insert into booking.blackouts (tenant_id, id, resource_id, starts_at, ends_at, reason) values (tests.id('acme'), tests.id('works'), tests.id('room'), tests.at('00:00', 3), tests.at('24:00', 3), 'works');
insert into booking.reservations (tenant_id, id, resource_id, starts_at, ends_at, units, owner_id) values (tests.id('acme'), tests.id('group'), tests.id('desks'), tests.at('09:00', 4), tests.at('10:00', 4), 2, tests.id('colleague'));
create temp table before as select tests.digest();
grant select on before to public;
create temp table daily (arguments) as values ($$tests.id('room'), 'FREQ=DAILY;COUNT=5', '2030-01-08 09:00', '1 hour'$$);
grant select on daily to public;
select is(pg_temp.books(arguments || $$, on_conflict => 'skip'$$), '08 09:00-10:00, 11 09:00-10:00, 12 09:00-10:00; not 09 slot_taken, 10 blackout | 3 reservation.confirmed, 1 series.created', 'skip books the rest') from daily;
select is(pg_temp.books($$tests.id('desks'), 'FREQ=DAILY;COUNT=4', '2030-01-08 09:00', '15 minutes', units => 2, on_conflict => 'skip'$$), '09 09:00-09:15; not 08 slot_taken, 10 slot_taken, 11 slot_taken | 1 reservation.confirmed, 1 series.created', 'of a pool, as many units as are left');
select is(pg_temp.books($$tests.id('desks'), 'FREQ=DAILY;COUNT=4', '2030-01-08 09:00', '15 minutes', on_conflict => 'skip'$$), '08 09:00-09:15, 09 09:00-09:15, 10 09:00-09:15, 11 09:00-09:15 | 4 reservation.confirmed, 1 series.created', 'one is');
select is(pg_temp.books($$tests.id('desks'), 'FREQ=DAILY;COUNT=2', '2030-01-12 09:00', '15 minutes', unit => 3$$), '12 09:00-09:15, 13 09:00-09:15 | 2 reservation.confirmed, 1 series.created', 'a unit may be pinned');
select is(pg_temp.books($$tests.id('room'), 'FREQ=DAILY;COUNT=5', '2030-01-20 09:00', '30 hours', on_conflict => 'skip'$$), '20 09:00-15:00, 22 09:00-15:00, 24 09:00-15:00; not 21 slot_taken, 23 slot_taken | 3 reservation.confirmed, 1 series.created', 'those that overlap each other are in each other''s way');
select is(pg_temp.books($$tests.id('room'), 'FREQ=DAILY;COUNT=5', '2030-01-20 09:00', '30 hours', status => 'tentative'$$), '20 09:00-15:00, 21 09:00-15:00, 22 09:00-15:00, 23 09:00-15:00, 24 09:00-15:00 | 5 reservation.created, 1 series.created', 'unless they take no time');
select is(pg_temp.books($$tests.id('desks'), 'FREQ=DAILY;COUNT=3', '2030-01-20 09:00', '60 hours'$$), '20 09:00-21:00, 21 09:00-21:00, 22 09:00-21:00 | 3 reservation.confirmed, 1 series.created', 'or there are units for all');
select is(pg_temp.books($$tests.id('room'), 'FREQ=DAILY;COUNT=2', '2030-01-06 07:00', '1 hour', on_conflict => 'skip'$$), 'none; not 06 too_soon, 07 too_soon | nothing', 'where none can be had, nothing is written, not even a series');
select is(pg_temp.books($$tests.id('room'), 'FREQ=DAILY;COUNT=2', '2030-01-06 09:00', '1 hour', on_conflict => 'skip'$$), '07 09:00-10:00; not 06 too_soon | 1 reservation.confirmed, 1 series.created', 'what has passed is skipped, too');
select tests.be('member');
select is(api.create_series(tests.id('room'), 'FREQ=DAILY;COUNT=1', '2030-01-09 09:00', '1 hour', on_conflict => 'skip') -> 'series_id', 'null', 'it has no id then');
select is(tests.digest(), digest, 'nothing of that is left') from before;
create temp table skipped as select r, n from daily, jsonb_array_elements(api.create_series(tests.id('room'), 'FREQ=DAILY;COUNT=5', '2030-01-08 09:00', '1 hour', on_conflict => 'skip', dry_run => true) -> 'rejected') with ordinality as rejected (r, n);
select is(array(select jsonb_object_keys(r) order by 1), '{code,details,ends_at,hint,starts_at,status}', 'a refusal says when, and all that its error would') from skipped where n = 1;
select is(r #> '{details,conflicts}', jsonb_build_array(jsonb_build_object('resource_id', tests.id('room'), 'starts_at', tests.at('09:30', 2), 'ends_at', tests.at('09:45', 2), 'kind', 'reservation')), 'what is in the way, but not whose') from skipped where n = 1;
select is(array[r ->> 'status', r ->> 'starts_at', r ->> 'ends_at', r #>> '{details,blackout,reason}'], array['409', to_jsonb(tests.at('09:00', 3)) #>> '{}', to_jsonb(tests.at('10:00', 3)) #>> '{}', 'works'], 'or why it is closed') from skipped where n = 2;

-- All or nothing, naming all
create temp table refused as select tests.answer(format('select api.create_series(%s, rdates => %L)', arguments, '{2030-01-15 09:00}')) as a from daily;
select is(array[a ->> 'code', a ->> 'message'], '{PT409,slot_taken}', 'one that cannot be had is enough: the first says why') from refused;
select is(array(select (r ->> 'starts_at')::timestamptz || ' ' || (r ->> 'code') from jsonb_array_elements(a #> '{details,rejected}') with ordinality as rejected (r, n) order by n),
  array[tests.at('09:00', 2) || ' slot_taken', tests.at('09:00', 3) || ' blackout', tests.at('09:00', 8) || ' slot_taken'], 'details.rejected names every one') from refused;
select is(array(select (c ->> 'starts_at')::timestamptz from jsonb_array_elements(a #> '{details,conflicts}') c), array[tests.at('09:30', 2), tests.at('09:30', 8)], 'details.conflicts has all that is in the way') from refused;
select matches(a ->> 'hint', '^3 of 6 occurrences .* 2030-01-09', 'the hint says how many and when the first') from refused;
select is(tests.details(format('select api.create_series(%s)', $$tests.id('room'), 'FREQ=DAILY;COUNT=3', '2030-01-10 09:00', '1 hour'$$)) #>> '{blackout,reason}', 'works', 'if a blackout is the first, it is named');
select is(jsonb_array_length(tests.details($$ select api.create_series(tests.id('room'), 'FREQ=DAILY;COUNT=5', '2030-01-20 09:00', '30 hours') $$) -> 'rejected'), 2, 'also those in each other''s way');
select is(jsonb_array_length(tests.details($$ select api.create_series(tests.id('closed'), 'FREQ=DAILY;COUNT=5', '2030-01-20 09:00', '30 hours') $$) -> 'rejected'), 5, 'also what the rules refuse');
select is(tests.digest(), digest, 'nothing of that changed anything: no reservation, no series, no event') from before;

-- How many
select is(tests.details($$ select api.create_series(tests.id('stage'), 'FREQ=DAILY;COUNT=4', '2030-01-08 09:00', '1 hour') $$) - 'violations', jsonb_build_object('limit', 3, 'exceeded_at', tests.at('09:00', 4)), 'a rule says how many a series has at most');
select is(pg_temp.books($$tests.id('stage'), 'FREQ=DAILY;COUNT=4', '2030-01-08 09:00', '1 hour', exdates => '{2030-01-09 09:00}'$$), '08 09:00-10:00, 10 09:00-10:00, 11 09:00-10:00 | 3 reservation.submitted, 1 series.created', 'exdates are not counted');
select is(pg_temp.books($$tests.id('stage'), 'FREQ=DAILY;COUNT=4', '2030-01-08 09:00', '1 hour', override => true, reason => 'big'$$, 'manager'), '08 09:00-10:00, 09 09:00-10:00, 10 09:00-10:00, 11 09:00-10:00 | 4 reservation.confirmed, 1 series.created', 'managers override that');
select tests.be('member');
select is(tests.details($$ select api.create_series(tests.id('room'), 'FREQ=DAILY;COUNT=1001', '2030-01-20 09:00', '1 hour') $$) -> 'limit', '1000', 'without one, a thousand');
select is(jsonb_array_length(api.create_series(tests.id('room'), 'FREQ=DAILY;COUNT=1000', '2030-01-20 09:00', '1 hour', dry_run => true) -> 'created'), 1000, 'which are had');

-- Quotas count a series' own occurrences as they come, however they are made.
select tests.rule('room', '{"max_per_day": 2, "max_hours_per_week": 5}');
select tests.be('member');
select is(pg_temp.books(format('tests.id(%L), %L, %L, %L, on_conflict => %L', 'room', rule, '2030-03-04 09:00', length, on_conflict)), expected, format('quotas: %s', what))
  from (values
    ('as many as they allow', 'FREQ=DAILY;BYHOUR=9,11;COUNT=4', '1 hour', 'reject', '04 09:00-10:00, 04 11:00-12:00, 05 09:00-10:00, 05 11:00-12:00 | 4 reservation.confirmed, 1 series.created'),
    ('the third of a day is refused', 'FREQ=DAILY;BYHOUR=9,11,13;COUNT=4', '1 hour', 'skip', '04 09:00-10:00, 04 11:00-12:00, 05 09:00-10:00; not 04 quota_exceeded | 3 reservation.confirmed, 1 series.created'),
    ('the sixth hour of a week', 'FREQ=DAILY;COUNT=8', '1 hour', 'skip', '04 09:00-10:00, 05 09:00-10:00, 06 09:00-10:00, 07 09:00-10:00, 08 09:00-10:00, 11 09:00-10:00; not 09 quota_exceeded, 10 quota_exceeded | 6 reservation.confirmed, 1 series.created'),
    ('hours in two weeks', 'FREQ=WEEKLY;BYDAY=SU;COUNT=2', '18 hours', 'skip', 'none; not 10 quota_exceeded, 17 quota_exceeded | nothing')) as q (what, rule, length, on_conflict, expected);
select is(array(select concat_ws(' ', r ->> 'starts_at', r #> '{details,use}', r #> '{details,limit}')
                  from jsonb_array_elements(tests.details($$ select api.create_series(tests.id('room'), 'FREQ=DAILY;BYHOUR=9,11,13;COUNT=6', '2030-03-04 09:00', '15 minutes') $$) -> 'rejected') r),
  array[to_jsonb(tests.at('13:00', 56)) #>> '{}' || ' 2 2', to_jsonb(tests.at('13:00', 57)) #>> '{}' || ' 2 2'], 'and the refusal names those that are too many');
select is(pg_temp.books($$tests.id('room'), 'FREQ=DAILY;BYHOUR=9,11,13;COUNT=3', '2030-03-04 09:00', '1 hour', status => 'tentative'$$), '04 09:00-10:00, 04 11:00-12:00, 04 13:00-14:00 | 3 reservation.created, 1 series.created', 'what is tentative does not count');
select is(pg_temp.books($$tests.id('room'), 'FREQ=DAILY;BYHOUR=9,11,13;COUNT=3', '2030-03-04 09:00', '1 hour', override => true, reason => 'why'$$, 'manager'), '04 09:00-10:00, 04 11:00-12:00, 04 13:00-14:00 | 3 reservation.confirmed, 1 series.created', 'nor what is overridden');
select tests.be_dba();
delete from booking.booking_rules where resource_id = tests.id('room');
select tests.be('member');

-- Refusals: the offending part or argument is named.
create temp table refusals (who text, arguments text, code text, slug text, part text);
insert into refusals
select coalesce(who, 'member'), arguments, code, slug, part from (values
  (null, $$tests.id('room'), '', '2030-02-08 09:00', '1 hour'$$, 'PT400', 'invalid_recurrence', 'FREQ'),
  (null, $$tests.id('room'), null, '2030-02-08 09:00', '1 hour'$$, 'PT400', 'invalid_recurrence', 'FREQ'),
  (null, $$tests.id('room'), null, '2030-02-08 09:00', '1 hour', rdates => null$$, 'PT400', 'invalid_recurrence', 'FREQ'),
  (null, $$tests.id('room'), 'COUNT=2', '2030-02-08 09:00', '1 hour'$$, 'PT400', 'invalid_recurrence', 'FREQ'),
  (null, $$tests.id('room'), 'FREQ=HOURLY;COUNT=2', '2030-02-08 09:00', '1 hour'$$, 'PT400', 'invalid_recurrence', 'FREQ'),
  (null, $$tests.id('room'), 'FREQ=DAILY', '2030-02-08 09:00', '1 hour'$$, 'PT400', 'invalid_recurrence', 'COUNT'),
  (null, $$tests.id('room'), 'FREQ=DAILY;COUNT=0', '2030-02-08 09:00', '1 hour'$$, 'PT400', 'invalid_recurrence', 'COUNT'),
  (null, $$tests.id('room'), 'FREQ=DAILY;COUNT=2;UNTIL=20300301T000000Z', '2030-02-08 09:00', '1 hour'$$, 'PT400', 'invalid_recurrence', 'UNTIL'),
  (null, $$tests.id('room'), 'FREQ=DAILY;UNTIL=20300301T000000', '2030-02-08 09:00', '1 hour'$$, 'PT400', 'invalid_recurrence', 'UNTIL'),
  (null, $$tests.id('room'), 'FREQ=DAILY;UNTIL=20300301', '2030-02-08 09:00', '1 hour'$$, 'PT400', 'invalid_recurrence', 'UNTIL'),
  (null, $$tests.id('room'), 'FREQ=WEEKLY;BYDAY=XX;COUNT=2', '2030-02-08 09:00', '1 hour'$$, 'PT400', 'invalid_recurrence', 'BYDAY'),
  (null, $$tests.id('room'), 'FREQ=WEEKLY;INTERVAL=-1;COUNT=2', '2030-02-08 09:00', '1 hour'$$, 'PT400', 'invalid_recurrence', 'INTERVAL'),
  (null, $$tests.id('room'), 'FREQ=DAILY;COUNT=2;X=1', '2030-02-08 09:00', '1 hour'$$, 'PT400', 'invalid_recurrence', 'X'),
  (null, $$tests.id('room'), 'DTSTART:20300208T090000', '2030-02-08 09:00', '1 hour'$$, 'PT400', 'invalid_recurrence', 'DTSTART:20300208T090000'),
  -- A rule that never takes place
  (null, $$tests.id('room'), 'FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30;COUNT=2', '2030-02-08 09:00', '1 hour'$$, 'PT400', 'invalid_recurrence', 'RRULE'),
  (null, $$tests.id('room'), 'FREQ=DAILY;UNTIL=20300101T000000Z', '2030-02-08 09:00', '1 hour'$$, 'PT400', 'invalid_recurrence', 'RRULE'),
  (null, $$tests.id('room'), 'FREQ=DAILY;COUNT=1', '2030-02-08 09:00', '1 hour', exdates => '{2030-02-08 09:00}'$$, 'PT400', 'invalid_recurrence', 'RRULE'),
  -- Too much of it
  (null, $$tests.id('room'), 'FREQ=DAILY;COUNT=999999999', '2030-02-08 09:00', '1 hour'$$, 'PT422', 'too_many_occurrences', null),
  (null, $$tests.id('room'), 'FREQ=DAILY;COUNT=9999999999', '2030-02-08 09:00', '1 hour'$$, 'PT400', 'invalid_recurrence', 'COUNT'),
  (null, $$tests.id('room'), repeat(' ', 3000) || 'FREQ=WEEKLY;COUNT=2;BYDAY=' || repeat('MO,', 1000) || 'MO', '2030-02-08 09:00', '1 hour'$$, 'PT400', 'invalid_recurrence', null),
  -- Dates
  (null, $$tests.id('room'), 'FREQ=DAILY;COUNT=2', null, '1 hour'$$, 'PT400', 'invalid_recurrence', 'DTSTART'),
  (null, $$tests.id('room'), 'FREQ=DAILY;COUNT=2', null, local_end => '10:00'$$, 'PT400', 'invalid_recurrence', 'DTSTART'),
  (null, $$tests.id('room'), 'FREQ=DAILY;COUNT=2', 'infinity', '1 hour'$$, 'PT400', 'invalid_recurrence', 'DTSTART'),
  (null, $$tests.id('room'), 'FREQ=DAILY;COUNT=2', '0044-03-15 09:00 BC', '1 hour'$$, 'PT400', 'invalid_recurrence', 'DTSTART'),
  (null, $$tests.id('room'), 'FREQ=DAILY;COUNT=2', '294276-12-31 09:00', local_end => '10:00'$$, 'PT400', null, null),
  (null, $$tests.id('room'), 'FREQ=DAILY;COUNT=2', '2030-02-08 09:00', '1 hour', rdates => '{null}'$$, 'PT400', 'invalid_recurrence', 'RDATE'),
  (null, $$tests.id('room'), 'FREQ=DAILY;COUNT=2', '2030-02-08 09:00', '1 hour', rdates => '{infinity}'$$, 'PT400', 'invalid_recurrence', 'RDATE'),
  (null, $$tests.id('room'), 'FREQ=DAILY;COUNT=2', '2030-02-08 09:00', '1 hour', exdates => '{null}'$$, 'PT400', 'invalid_recurrence', 'EXDATE'),
  -- How long
  (null, $$tests.id('room'), 'FREQ=DAILY;COUNT=2', '2030-02-08 09:00'$$, 'PT400', 'invalid_argument', 'duration'),
  (null, $$tests.id('room'), 'FREQ=DAILY;COUNT=2', '2030-02-08 09:00', '1 hour', '10:00'$$, 'PT400', 'invalid_argument', 'duration'),
  (null, $$tests.id('room'), 'FREQ=DAILY;COUNT=2', '2030-02-08 09:00', '0'$$, 'PT400', 'invalid_time_range', null),
  (null, $$tests.id('room'), 'FREQ=DAILY;COUNT=2', '2030-02-08 09:00', '-1 hour'$$, 'PT400', 'invalid_time_range', null),
  (null, $$tests.id('room'), 'FREQ=DAILY;COUNT=2', '2030-02-08 09:00', '11 years'$$, 'PT400', 'invalid_time_range', null),
  (null, $$tests.id('room'), 'FREQ=DAILY;COUNT=2', '2030-02-08 09:00', local_end => '2030-02-08 08:00'$$, 'PT400', 'invalid_time_range', null),
  (null, $$tests.id('room'), 'FREQ=DAILY;COUNT=2', '2030-02-08 09:00', local_end => '2030-02-08 09:00'$$, 'PT400', 'invalid_time_range', null),
  (null, $$tests.id('room'), 'FREQ=DAILY;COUNT=2', '2030-02-08 09:00', local_end => '2050-02-08 09:00'$$, 'PT400', 'invalid_time_range', null),
  (null, $$tests.id('room'), 'FREQ=DAILY;COUNT=2', '9999-12-31 23:00', '2 hours'$$, 'PT400', 'invalid_time_range', null),
  (null, $$tests.id('room'), 'FREQ=DAILY;COUNT=2', '2030-02-08 09:00', local_end => '2030-02-08T10:00:00+01'$$, 'PT400', 'invalid_argument', 'local_end'),
  (null, $$tests.id('room'), 'FREQ=DAILY;COUNT=2', '2030-02-08 09:00', local_end => '2030-02-08T10:00:00Z'$$, 'PT400', 'invalid_argument', 'local_end'),
  (null, $$tests.id('room'), 'FREQ=DAILY;COUNT=2', '2030-02-08 09:00', local_end => '25:00'$$, 'PT400', 'invalid_argument', 'local_end'),
  (null, $$tests.id('room'), 'FREQ=DAILY;COUNT=2', '2030-02-08 09:00', local_end => '10:60'$$, 'PT400', 'invalid_argument', 'local_end'),
  (null, $$tests.id('room'), 'FREQ=DAILY;COUNT=2', '2030-02-08 09:00', local_end => '2030-02-30 10:00'$$, 'PT400', 'invalid_argument', 'local_end'),
  (null, $$tests.id('room'), 'FREQ=DAILY;COUNT=2', '2030-02-08 09:00', local_end => 'noon'$$, 'PT400', 'invalid_argument', 'local_end'),
  (null, $$tests.id('room'), 'FREQ=DAILY;COUNT=2', '2030-02-08 09:00', local_end => ''$$, 'PT400', 'invalid_argument', 'local_end'),
  -- Zones
  (null, $$tests.id('room'), 'FREQ=DAILY;COUNT=2', '2030-02-08 09:00', '1 hour', timezone => 'Europe/Atlantis'$$, 'PT400', 'unknown_timezone', 'Europe/Atlantis'),
  (null, $$tests.id('room'), 'FREQ=DAILY;COUNT=2', '2030-02-08 09:00', '1 hour', timezone => 'CET-1'$$, 'PT400', 'unknown_timezone', 'CET-1'),
  (null, $$tests.id('room'), 'FREQ=DAILY;COUNT=2', '2030-02-08 09:00', '1 hour', timezone => '+02'$$, 'PT400', 'unknown_timezone', '+02'),
  (null, $$tests.id('room'), 'FREQ=DAILY;COUNT=2', '2030-02-08 09:00', '1 hour', timezone => ''$$, 'PT400', 'unknown_timezone', ''),
  -- Choices
  (null, $$tests.id('room'), 'FREQ=DAILY;COUNT=2', '2030-02-08 09:00', '1 hour', on_conflict => 'keep'$$, 'PT400', 'invalid_argument', 'on_conflict'),
  (null, $$tests.id('room'), 'FREQ=DAILY;COUNT=2', '2030-02-08 09:00', '1 hour', on_conflict => null$$, 'PT400', 'invalid_argument', 'on_conflict'),
  (null, $$tests.id('room'), 'FREQ=DAILY;COUNT=2', '2030-02-08 09:00', '1 hour', dst_gap => 'jump'$$, 'PT400', 'invalid_argument', 'dst_gap'),
  (null, $$tests.id('room'), 'FREQ=DAILY;COUNT=2', '2030-02-08 09:00', '1 hour', status => 'pending'$$, 'PT400', 'invalid_argument', null),
  (null, $$tests.id('room'), 'FREQ=DAILY;COUNT=2', '2030-02-08 09:00', '1 hour', status => null$$, 'PT400', 'invalid_argument', null),
  -- The rest is as for one.
  (null, $$tests.id('room'), 'FREQ=DAILY;COUNT=2', '2030-02-08 09:00', '1 hour', units => 0$$, 'PT400', 'invalid_argument', 'units'),
  (null, $$tests.id('room'), 'FREQ=DAILY;COUNT=2', '2030-02-08 09:00', '1 hour', units => null$$, 'PT400', 'invalid_argument', 'units'),
  (null, $$tests.id('room'), 'FREQ=DAILY;COUNT=2', '2030-02-08 09:00', '1 hour', units => 2$$, 'PT422', 'too_many_units', null),
  (null, $$tests.id('desks'), 'FREQ=DAILY;COUNT=2', '2030-02-08 09:00', '1 hour', unit => 4$$, 'PT400', 'invalid_argument', null),
  (null, $$tests.id('room'), 'FREQ=DAILY;COUNT=2', '2030-02-08 09:00', '1 hour', title => repeat('x', 501)$$, 'PT400', 'invalid_argument', null),
  (null, $$tests.id('room'), 'FREQ=DAILY;COUNT=2', '2030-02-08 09:00', '1 hour', notes => repeat('x', 10001)$$, 'PT400', 'invalid_argument', null),
  (null, $$tests.id('room'), 'FREQ=DAILY;COUNT=2', '2030-02-08 09:00', '1 hour', metadata => '[]'$$, 'PT400', 'invalid_argument', null),
  (null, $$tests.id('room'), 'FREQ=DAILY;COUNT=2', '2030-02-08 09:00', '1 hour', reason => repeat('x', 1001)$$, 'PT400', 'invalid_argument', 'reason'),
  (null, $$tests.id('room'), 'FREQ=DAILY;COUNT=2', '2030-02-08 09:00', '1 hour', pencil_ttl => '30 hours'$$, 'PT400', 'invalid_argument', null),
  (null, $$tests.id('room'), 'FREQ=DAILY;COUNT=2', '2030-02-08 09:00', '1 hour', id => tests.id('s')$$, 'PT409', 'duplicate_id', tests.id('s')::text),
  (null, $$tests.id('room'), 'FREQ=DAILY;COUNT=2', '2030-01-05 09:00', '1 hour'$$, 'PT422', 'too_soon', null),
  (null, $$tests.id('closed'), 'FREQ=DAILY;COUNT=2', '2030-02-08 09:00', '1 hour'$$, 'PT422', 'resource_inactive', null),
  (null, $$tests.id('nowhere'), 'FREQ=DAILY;COUNT=2', '2030-02-08 09:00', '1 hour'$$, 'PT404', 'not_found', tests.id('nowhere')::text),
  (null, $$null, 'FREQ=DAILY;COUNT=2', '2030-02-08 09:00', '1 hour'$$, 'PT404', 'not_found', null),
  (null, $$tests.id('theirs'), 'FREQ=DAILY;COUNT=2', '2030-02-08 09:00', '1 hour'$$, 'PT404', 'not_found', tests.id('theirs')::text),
  ('stranger', $$tests.id('room'), 'FREQ=DAILY;COUNT=2', '2030-02-08 09:00', '1 hour'$$, 'PT404', 'not_found', tests.id('room')::text),
  -- Who
  (null, $$tests.id('room'), 'FREQ=DAILY;COUNT=2', '2030-02-08 09:00', '1 hour', owner_id => tests.id('colleague')$$, 'PT403', 'forbidden', null),
  ('approver', $$tests.id('room'), 'FREQ=DAILY;COUNT=2', '2030-02-08 09:00', '1 hour', owner_id => tests.id('colleague')$$, 'PT403', 'forbidden', null),
  ('manager', $$tests.id('room'), 'FREQ=DAILY;COUNT=2', '2030-02-08 09:00', '1 hour', owner_id => tests.id('stranger')$$, 'PT404', 'not_found', tests.id('stranger')::text),
  (null, $$tests.id('room'), 'FREQ=DAILY;COUNT=2', '2030-02-08 09:00', '1 hour', override => true, reason => 'why'$$, 'PT403', 'forbidden', null),
  ('manager', $$tests.id('room'), 'FREQ=DAILY;COUNT=2', '2030-02-08 09:00', '1 hour', override => true$$, 'PT400', 'invalid_argument', 'reason'),
  ('manager', $$tests.id('room'), 'FREQ=DAILY;COUNT=20000', '2030-02-08 09:00', '1 hour', override => true, reason => 'big'$$, 'PT422', 'too_many_occurrences', null),
  ('manager', $$tests.id('room'), 'FREQ=DAILY;COUNT=2', '2030-01-09 09:00', '1 hour', override => true, reason => 'VIP'$$, 'PT409', 'slot_taken', null)
) as r (who, arguments, code, slug, part);
-- Before PostgreSQL 17 there is no such interval.
insert into refusals select 'member', $$tests.id('room'), 'FREQ=DAILY;COUNT=2', '2030-02-08 09:00', 'infinity'$$, 'PT400', 'invalid_time_range', null where current_setting('server_version_num')::integer >= 170000;
grant select on refusals to public;
create function pg_temp.refuses(who text, arguments text) returns jsonb language sql
as $$ select tests.be(who); select tests.answer(format('select api.create_series(%s)', arguments)) $$;
select is(array[a ->> 'code', case when slug is null then null else a ->> 'message' end, case when part is null then null else coalesce(a #>> '{details,part}', a #>> '{details,argument}', a #>> '{details,timezone}', a #>> '{details,id}', a #>> '{details,resource_id}', a #>> '{details,owner_id}') end], array[code, slug, part],
          format('%s%s for %s: %s', coalesce(slug, code), ' of ' || part, who, left(replace(arguments, $$tests.id('room'), 'FREQ=DAILY;COUNT=2', $$, ''), 110)))
  from (select r.*, pg_temp.refuses(who, arguments) as a from refusals r) r;
select is_empty($$ select arguments from refusals where pg_temp.refuses(who, arguments) ->> 'hint' is null $$, 'each with a sentence that says what to do');
select is(tests.digest(), digest, 'nothing of that changed anything') from before;

-- An Idempotency-Key
create function pg_temp.send(key text) returns void language sql
as $$ select set_config('request.headers', jsonb_build_object('idempotency-key', key)::text, true), set_config('response.headers', '', true) $$;
select tests.be('member');
select pg_temp.send('k');
select is(jsonb_array_length(api.create_series(tests.id('room'), 'FREQ=DAILY;COUNT=2', '2030-03-08 09:00', '1 hour', dry_run => true) -> 'created'), 2, 'a dry run takes no notice of it');
create temp table first as select api.create_series(tests.id('room'), 'FREQ=DAILY;COUNT=2', '2030-03-08 09:00', '1 hour') as answer;
select is(current_setting('response.headers'), '', 'the first answer is not a replay');
select is(api.create_series(tests.id('room'), 'FREQ=DAILY;COUNT=2', '2030-03-08 09:00', '1 hour'), answer, 'the same key again: the same answer') from first;
select is(current_setting('response.headers'), '[{"Idempotency-Replayed": "true"}]', 'marked as a replay');
select is(count(*), 2::bigint, 'and no second effect') from api.reservations where starts_at between '2030-03-08' and '2030-03-11';
select throws_ok($$ select api.create_series(tests.id('room'), 'FREQ=DAILY;COUNT=3', '2030-03-08 09:00', '1 hour') $$, 'PT422', 'idempotency_key_reused', 'it is for that series');
select throws_ok($$ select api.create_series(tests.id('room'), 'FREQ=DAILY;COUNT=2', '2030-03-08 09:00', '1 hour', dry_run => true) $$, 'PT409', 'slot_taken', 'a dry run is no replay of it');
select pg_temp.send('none');
create function pg_temp.retry() returns jsonb language sql as $$ select api.create_series(tests.id('room'), 'FREQ=DAILY;COUNT=2', '2030-03-08 09:00', '1 hour', on_conflict => 'skip') -> 'series_id' $$;
select is(pg_temp.retry(), 'null', 'that there was nothing to be had');
select tests.be_dba();
delete from booking.reservations where starts_at between '2030-03-08' and '2030-03-11';
select tests.be('member');
select pg_temp.send('none');
select is(pg_temp.retry(), 'null', 'is an answer too, and kept');
select set_config('request.headers', '', true);

-- Who sees it
select tests.be('colleague');
select is(array(select id from api.series), array[tests.id('hers')], 'a member sees their own series');
select is(count(*), 0::bigint, 'and no events of others''') from booking.events where subject ->> 'id' = tests.id('s')::text;
select tests.be('approver');
select cmp_ok(count(*), '>', 2::bigint, 'approvers see all') from api.series;
select tests.be('stranger');
select is(count(*), 1::bigint, 'of their tenant') from api.series;

-- Without leap seconds, 60 is 59 (RFC 5545 3.3.12), on every road: a calendar may know no second 60 in a rule either.
select tests.be('member');
select api.create_series(tests.id('room'), 'FREQ=DAILY;BYSECOND=60;UNTIL=20300401T235960Z', '2030-04-01 22:00', local_end => '23:59:60', id => tests.id('leap'));
select is(array[s.rrule, (s.local_end)::text], '{FREQ=DAILY;BYSECOND=59;UNTIL=20300401T235959Z, 2030-04-01 23:59:59}', 'a second 60 is 59')
  from api.series s where s.id = tests.id('leap');
select tests.be_dba();
select is(booking.read_local_end('2030-04-01 22:00', '2030-04-01T23:59:60.5'), '2030-04-01 23:59:59', 'with a date, too');
select is(booking.read_local_end('2030-04-01 22:00', '24:00'), '2030-04-02 00:00', 'while 24:00 is midnight');

select tests.be_nobody();
select throws_ok($$ select api.create_series(tests.id('room'), 'FREQ=DAILY;COUNT=2', '2030-03-08 09:00', '1 hour') $$, '42501', null, 'nobody: refused at the door');
select tests.be_dba();
select is_empty('select * from booking.verify_invariants()', 'all is in order');

select * from finish();
rollback;
