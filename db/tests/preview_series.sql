-- api.preview_series says what create_series would do, and does nothing.
begin;
select no_plan();
select tests.world();
select tests.rule(null, '{"max_priority": 2}');
update booking.resources set timezone = 'Europe/Berlin' where id = tests.id('studio');
select tests.rule('stage', '{"max_occurrences": 3}');
select tests.recur('b', 'FREQ=DAILY;INTERVAL=2;COUNT=3', owner => 'colleague');
select tests.reserve('own', 'room', '18:00', '19:00');
insert into booking.blackouts (tenant_id, id, resource_id, starts_at, ends_at, reason) values (tests.id('acme'), tests.id('works'), tests.id('room'), tests.at('00:00', 4), tests.at('24:00', 4), 'works');

select is(pg_get_function_arguments('api.create_series'::regproc), pg_get_function_arguments('api.preview_series'::regproc) || ', dry_run boolean DEFAULT false', 'it takes what create_series takes');

create temp table calls as
select coalesce(who, 'member') as who, arguments
  from (values
    (null, $$tests.id('room'), 'FREQ=WEEKLY;COUNT=3', '2030-02-08 09:00', '1 hour', title => 'T', notes => 'n', priority => 2, metadata => '{"a": 1}', reason => 'why'$$),
    (null, $$tests.id('room'), null, '2030-02-08 09:00', local_end => '12:00', rdates => '{2030-02-09 10:00}'$$),
    (null, $$tests.id('desks'), 'FREQ=DAILY;COUNT=3', '2030-01-08 09:00', '1 hour', units => 2, exdates => '{2030-01-09 09:00}'$$),
    (null, $$tests.id('desks'), 'FREQ=DAILY;COUNT=3', '2030-01-08 09:00', '1 hour', unit => 2$$),
    (null, $$tests.id('studio'), 'FREQ=DAILY;COUNT=3', '2030-03-30 02:30', '1 hour', dst_gap => 'shift'$$),
    (null, $$tests.id('studio'), 'FREQ=DAILY;COUNT=3', '2030-03-30 02:30', '1 hour', timezone => 'America/New_York'$$),
    (null, $$tests.id('room'), 'FREQ=DAILY;COUNT=3', '2030-01-08 11:00', '1 hour', status => 'held'$$),
    (null, $$tests.id('room'), 'FREQ=DAILY;COUNT=2', '2030-02-08 11:00', '1 hour', status => 'pencilled', pencil_ttl => '24 hours'$$),
    (null, $$tests.id('stage'), 'FREQ=DAILY;COUNT=3', '2030-01-08 09:00', '1 hour'$$),
    ('manager', $$tests.id('stage'), 'FREQ=DAILY;COUNT=5', '2030-01-08 09:00', '1 hour', owner_id => tests.id('colleague'), override => true, reason => 'big'$$),
    ('stranger', $$tests.id('theirs'), 'FREQ=DAILY;COUNT=2', '2030-01-08 09:00', '1 hour'$$),
    -- Some or none of it to be had
    (null, $$tests.id('room'), 'FREQ=DAILY;COUNT=6', '2030-01-07 09:00', '1 hour', on_conflict => 'skip'$$),
    (null, $$tests.id('room'), 'FREQ=DAILY;COUNT=1', '2030-01-08 09:00', '1 hour', on_conflict => 'skip'$$),
    (null, $$tests.id('room'), 'FREQ=DAILY;COUNT=2', '2030-01-07 18:30', '1 hour', on_conflict => 'skip'$$),
    (null, $$tests.id('room'), 'FREQ=DAILY;COUNT=4', '2030-02-08 09:00', '30 hours', on_conflict => 'skip'$$),
    (null, $$tests.id('room'), 'FREQ=DAILY;COUNT=6', '2030-01-07 09:00', '1 hour'$$),
    (null, $$tests.id('room'), 'FREQ=DAILY;COUNT=2', '2030-01-11 09:00', '1 hour'$$),
    (null, $$tests.id('room'), 'FREQ=DAILY;COUNT=2', '2030-01-07 18:30', '1 hour'$$),
    -- Errors
    (null, $$tests.id('room'), 'FREQ=DAILY', '2030-01-08 09:00', '1 hour'$$),
    (null, $$tests.id('room'), 'FREQ=DAILY;COUNT=2', '2030-02-08 09:00'$$),
    (null, $$tests.id('room'), 'FREQ=DAILY;COUNT=2', '2030-02-08 09:00', '1 hour', id => tests.id('b')$$),
    (null, $$tests.id('room'), 'FREQ=DAILY;COUNT=2', '2030-02-08 09:00', '1 hour', timezone => 'Mars'$$),
    (null, $$tests.id('room'), 'FREQ=DAILY;COUNT=2', '2030-02-08 09:00', '1 hour', on_conflict => 'x'$$),
    (null, $$tests.id('stage'), 'FREQ=DAILY;COUNT=4', '2030-01-08 09:00', '1 hour'$$),
    (null, $$tests.id('closed'), 'FREQ=DAILY;COUNT=2', '2030-01-08 09:00', '1 hour', on_conflict => 'skip'$$),
    (null, $$tests.id('theirs'), 'FREQ=DAILY;COUNT=2', '2030-01-08 09:00', '1 hour'$$),
    (null, $$tests.id('room'), 'FREQ=DAILY;COUNT=2', '2030-02-08 09:00', '1 hour', owner_id => tests.id('colleague')$$),
    ('stranger', $$tests.id('room'), 'FREQ=DAILY;COUNT=2', '2030-01-08 09:00', '1 hour'$$)
  ) as c (who, arguments);
grant select on calls to public;
-- The answer or the error; it is undone.
create function pg_temp.answer(call text) returns jsonb language plpgsql
as $$
declare
  v_answer jsonb;
begin
  execute 'select api.' || call into v_answer;
  raise exception using errcode = 'TT000';
exception
  when sqlstate 'TT000' then return v_answer;
  when others then return tests.answer('select api.' || call);
end
$$;
create function pg_temp.without_ids(answer jsonb) returns jsonb language sql
as $$
  select case when answer ? 'created' then answer || jsonb_build_object('series_id', null, 'created', (
           select coalesce(jsonb_agg(c || '{"id": null, "series_id": null}' order by n), '[]') from jsonb_array_elements(answer -> 'created') with ordinality as created (c, n))) else answer end
$$;
create function pg_temp.both(who text, arguments text, out answer jsonb, out would_be jsonb) language plpgsql
as $$
begin
  perform tests.be(who);
  answer := pg_temp.answer('preview_series(' || arguments || ')');
  would_be := pg_temp.answer('create_series(' || arguments || ')');
end
$$;
create temp table answers as select c.*, b.* from calls c, pg_temp.both(who, arguments) b;
select tests.be_dba();
grant select on answers to public;
-- Occurrences may be in each other's way: what is not made has no id.
create function pg_temp.bare(answer jsonb) returns jsonb language sql
as $$ select regexp_replace(answer::text, ', "reservation_id": "[^"]+"', '', 'g')::jsonb $$;
select is(pg_temp.bare(answer), pg_temp.bare(pg_temp.without_ids(would_be)), 'the same answer: ' || arguments) from answers;
select cmp_ok(count(*) filter (where would_be ? 'created'), '>', 12::bigint, 'of which many are of what can be had') from answers;
select cmp_ok(count(*) filter (where would_be ? 'message'), '>', 10::bigint, 'and many errors') from answers;
select tests.be('member');
select is(pg_temp.bare(pg_temp.answer('create_series(' || arguments || ', dry_run => true)')), pg_temp.bare(answer), 'dry_run is the same: ' || left(arguments, 80)) from answers where who = 'member';

-- Nothing is left of it.
create temp table before as select tests.digest();
select lives_ok($$ select api.preview_series(tests.id('room'), 'FREQ=DAILY;COUNT=6', '2030-02-08 09:00', '1 hour', status => status) from unnest('{confirmed,held,tentative,pencilled}'::text[]) status $$, 'whatever is asked for');
select is(tests.digest(), digest, 'nothing is written: no row, no claim, no event') from before;
select set_config('request.headers', '{"idempotency-key": "k"}', true);
select lives_ok($$ select api.preview_series(tests.id('room'), 'FREQ=DAILY;COUNT=6', '2030-02-08 09:00', '1 hour') $$, 'with a key');
select lives_ok($$ select api.preview_series(tests.id('room'), 'FREQ=DAILY;COUNT=5', '2030-02-08 09:00', '1 hour') $$, 'which it does not take');
select is(tests.digest(), digest, 'no answer is kept') from before;
select set_config('request.headers', '', true);
-- What was never made has no name that anybody could ask for.
select is_empty($$
  select c ->> 'reservation_id'
    from jsonb_array_elements(api.preview_series(tests.id('room'), 'FREQ=DAILY;COUNT=4', '2030-02-08 09:00', '30 hours', on_conflict => 'skip') -> 'rejected') r, jsonb_array_elements(r #> '{details,conflicts}') c
   where (c ->> 'reservation_id')::uuid not in (select id from api.reservations) $$, 'no id of a reservation that there is not');
select is_empty($$
  select c ->> 'reservation_id' from jsonb_array_elements(tests.details($q$ select api.create_series(tests.id('room'), 'FREQ=DAILY;COUNT=4', '2030-02-08 09:00', '30 hours') $q$) #> '{conflicts}') c
   where (c ->> 'reservation_id')::uuid not in (select id from api.reservations) $$, 'nor in the refusal of create_series');

select tests.be_nobody();
select throws_ok($$ select api.preview_series(tests.id('room'), 'FREQ=DAILY;COUNT=2', '2030-03-08 09:00', '1 hour') $$, '42501', null, 'nobody: refused at the door');
select tests.be_dba();
select is_empty('select * from booking.verify_invariants()', 'all is in order');

select * from finish();
rollback;
