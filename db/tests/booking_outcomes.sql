-- api.booking_outcomes and booking.record_attempts: what became of requests to book.
begin;
select no_plan();
select tests.world();
update booking.tenants set timezone = 'Europe/Berlin' where id = tests.id('acme');
create function pg_temp.told(first integer default 0, last integer default 1, bucket text default 'day') returns table (told text) language sql
as $$
  select format('%s: %s/%s/%s %s %s %s %s', to_char(bucket_start, 'DD HH24:MI'), created, conflicts, attempts, coalesce(success_rate::text, '-'), coalesce(conflict_rate::text, '-'), coalesce(median_search_seconds::text, '-'), outcomes)
    from api.booking_outcomes(tests.at('00:00', first) - interval '1 hour', tests.at('00:00', last) - interval '1 hour', bucket)
$$;

select throws_ok(format('select tests.be(%L); select * from api.booking_outcomes(tests.at(''00:00''), tests.at(''00:00'', 1))', who), 'PT403', 'forbidden', who || ' may not ask') from unnest('{member, approver}'::text[]) who;
select tests.be('manager');
select results_eq('select * from pg_temp.told(0, 2)', $$ values ('06 23:00: 0/0/0 - - - {}'), ('07 23:00: 0/0/0 - - - {}') $$, 'nothing was asked for; days are the tenant''s');
select throws_ok('select * from api.' || call, 'PT400', slug, call)
  from (values ('booking_outcomes(tests.at(''00:00''), tests.at(''00:00''))', 'invalid_time_range'), ('booking_outcomes(tests.at(''00:00''), tests.at(''01:00''), ''year'')', 'invalid_argument'),
               ('booking_outcomes(''2000-01-01'', ''2030-01-01'', ''hour'')', 'invalid_argument')) as calls (call, slug);

-- What the log has: every beginning, whatever road it took, a series or bundle once, and nothing else
select tests.be('member');
do $$ begin
  perform api.create_reservation(tests.id('room'), tests.at('09:00'), tests.at('10:00'), id => tests.id('a'));
  perform api.create_reservation(tests.id('room'), tests.at('10:00'), tests.at('11:00'), 'held', id => tests.id('h'));
  perform api.create_reservation(tests.id('stage'), tests.at('10:00'), tests.at('11:00'));
  perform api.confirm_reservation(tests.id('h'));
  perform api.update_reservation(tests.id('h'), notes => 'more');
  perform api.cancel_reservation(tests.id('a'));
  perform api.create_bundle(jsonb_build_array(jsonb_build_object('resource_id', tests.id('studio'), 'starts_at', tests.at('09:00'), 'ends_at', tests.at('10:00')),
                                              jsonb_build_object('resource_id', tests.id('desks'), 'starts_at', tests.at('09:00'), 'ends_at', tests.at('10:00'))));
  perform api.create_series(tests.id('room'), 'FREQ=DAILY;COUNT=5', '2030-01-20 09:00', '1 hour');
  perform api.join_waitlist(tests.id('room'), tests.at('09:00'), tests.at('10:00'));
end $$;
select tests.be('manager');
select results_eq('select * from pg_temp.told()', $$ values ('06 23:00: 5/0/5 1.0000 0.0000 - {"created": 5}') $$, 'three single ones, a bundle and a series; an offer of the waitlist was no request');

-- What the gateway saw
select tests.be_dba();
select is(has_function_privilege(role, 'booking.record_attempts(jsonb)', 'execute'), role = 'berth_gateway', format('%s: records attempts, or not', role)) from unnest('{anon, authenticated, service_role, berth_gateway}'::text[]) role;
select tests.become('berth_gateway', null);
select is(booking.record_attempts(jsonb_build_array(
  jsonb_build_object('tenant_id', tests.id('acme'), 'occurred_at', tests.at('08:00'), 'outcome', 'slot_taken'),
  jsonb_build_object('tenant_id', tests.id('acme'), 'occurred_at', tests.at('08:30'), 'outcome', 'blackout', 'search_seconds', 900),
  jsonb_build_object('tenant_id', tests.id('acme'), 'occurred_at', tests.at('08:30'), 'outcome', 'too_long'),
  jsonb_build_object('tenant_id', tests.id('acme'), 'occurred_at', tests.at('08:40'), 'outcome', 'created', 'search_seconds', 10),
  jsonb_build_object('tenant_id', tests.id('acme'), 'occurred_at', tests.at('08:40'), 'outcome', 'created', 'search_seconds', 25),
  jsonb_build_object('tenant_id', tests.id('acme'), 'occurred_at', tests.at('23:30'), 'outcome', 'off_grid'),
  jsonb_build_object('tenant_id', tests.id('globex'), 'occurred_at', tests.at('08:00'), 'outcome', 'slot_taken'),
  jsonb_build_object('tenant_id', tests.id('no tenant'), 'occurred_at', tests.at('08:00'), 'outcome', 'slot_taken'))), 7::bigint, 'of all tenants there are');
select throws_ok('select * from booking.booking_attempts', '42501', null, 'and the gateway reads none of it');
select is(current_setting('booking.tenant_id'), '', 'it is in no tenant afterwards');
select is(booking.record_attempts('[]'), 0::bigint, 'nothing');
select throws_ok(format($$ select booking.record_attempts(jsonb_build_array(jsonb_build_object('tenant_id', tests.id('acme'), 'occurred_at', now(), 'outcome', %L))) $$, outcome), '23514', null, 'no outcome: ' || outcome)
  from unnest('{"", "Jane called", "<b>"}'::text[]) outcome;
select tests.be('manager');
select results_eq('select * from pg_temp.told(0, 2)', $$ values ('06 23:00: 5/2/8 0.6250 0.2500 17.5 {"created": 5, "blackout": 1, "too_long": 1, "slot_taken": 1}'), ('07 23:00: 0/0/1 0.0000 0.0000 - {"off_grid": 1}') $$,
  'refusals beside what the log has, each on its day; how long it took from the search, of those that came to something');
select is((select sum(attempts) from api.booking_outcomes(tests.at('08:30'), tests.at('08:41'), 'hour')), 2::numeric, 'of a range, only what was in it');
select tests.be('stranger');
select results_eq('select attempts, created, outcomes from api.booking_outcomes(tests.at(''00:00''), tests.at(''00:00'', 1))', $$ values (1::bigint, 0::bigint, '{"slot_taken": 1}'::jsonb) $$, 'a stranger: their own');

select * from finish();
rollback;
