-- What is stored of a person: they see it, change it, take it with them, and are forgotten.
begin;
select no_plan();
select tests.world();
create function pg_temp.send(key text) returns void language sql
as $$ select set_config('request.headers', case when key is null then '' else jsonb_build_object('idempotency-key', key)::text end, true) $$;

-- Profile
select tests.be('member');
select is(api.my_profile() - 'created_at', jsonb_build_object('tenant_id', tests.id('acme'), 'user_id', tests.id('member'), 'role', 'member', 'display_name', 'member',
  'email', null, 'email_consent', false, 'email_consent_at', null, 'email_verified', false, 'email_verified_at', null, 'phone', null), 'as they are stored');
create temp table before as select tests.digest();
select is(tests.answer(format('select api.update_my_profile(%s)', arguments)) ->> 'message', 'invalid_argument', 'refused: ' || left(arguments, 60))
  from unnest(array[$$email => 'ada'$$, $$email => 'ada@'$$, $$email => 'a b@example.org'$$, $$email => 'ada@example.org, eve@example.org'$$, $$email => e'ada@example.org\r\nBcc: eve@example.org'$$,
                    $$email => e'ada@example.org\n'$$, $$email => 'Ada <ada@example.org>'$$, $$email => 'ada@exämple.org'$$, format($$email => '%s@example.org'$$, repeat('x', 250)), $$email_consent => true$$,
                    $$email => '', email_consent => true$$, $$phone => 'call me'$$, format($$phone => '%s'$$, repeat('1', 51)), format($$display_name => '%s'$$, repeat('x', 201)), $$display_name => E'a\nb'$$, $$display_name => E'a\x7f'$$]) arguments;
select is(tests.digest(), digest, 'and nothing changed') from before;
select is(api.update_my_profile('Ada', 'ada@example.org', true, '+27 21 555-0100') - '{tenant_id,user_id,role,created_at}'::text[],
  jsonb_build_object('display_name', 'Ada', 'email', 'ada@example.org', 'email_consent', true, 'email_consent_at', tests.at('08:00'), 'email_verified', false, 'email_verified_at', null, 'phone', '+27 21 555-0100'), 'all of it, with when they agreed');
select tests.clock('09:00');
select is(api.update_my_profile(email_consent => true) ->> 'email_consent_at', to_jsonb(tests.at('08:00')) #>> '{}', 'they agreed then, whenever they say so again');
select is(api.update_my_profile(display_name => 'Ada L.') - '{tenant_id,user_id,role,created_at,email_consent_at,email_verified,email_verified_at}'::text[],
  '{"display_name": "Ada L.", "email": "ada@example.org", "email_consent": true, "phone": "+27 21 555-0100"}', 'what is left out stays');
select is(api.update_my_profile(email_consent => false) ->> 'email_consent_at', null, 'consent is withdrawn');
select is(api.update_my_profile(email_consent => true) ->> 'email_consent_at', to_jsonb(tests.at('09:00')) #>> '{}', 'and given anew');
select is(api.update_my_profile(email => '') - '{tenant_id,user_id,role,created_at}'::text[],
  '{"display_name": "Ada L.", "email": null, "email_consent": false, "email_consent_at": null, "email_verified": false, "email_verified_at": null, "phone": "+27 21 555-0100"}', 'without an address there is nothing to agree to');
select lives_ok($$ select api.update_my_profile('', 'ada@example.org', true, '+27 1') $$, 'for what follows');
select is(row(email, phone)::text, '(ada@example.org,"+27 1")', 'their own address is theirs to see') from api.members;
select tests.be('colleague');
select is_empty($$ select from api.members where user_id <> tests.id('colleague') $$, 'another member''s is not');
select tests.be('approver');
select is(row(email, phone)::text, '(,)', 'nor for approvers, who see who there is') from api.members where user_id = tests.id('member');
select tests.be('manager');
select is(row(email, phone)::text, '(ada@example.org,"+27 1")', 'but for managers, who may have to call') from api.members where user_id = tests.id('member');

-- Export
select tests.be_dba();
select tests.clock('08:00');
select tests.reserve('mine', 'room', '09:00', '10:00'), tests.reserve('theirs', 'studio', '09:00', '10:00', owner => 'colleague'), tests.reserve('past', 'room', '05:00', '06:00');
select tests.reserve('stale', 'desks', '09:00', '10:00', 'held', expires => '07:59');
select tests.recur('weekly', 'FREQ=WEEKLY;COUNT=2'), tests.bundle('day');
select tests.be('colleague');
select lives_ok($$ select api.create_calendar_feed(), api.join_waitlist(tests.id('room'), tests.at('09:00'), tests.at('10:00'), title => 'not Ada''s') $$, 'a colleague does other things');
select tests.be('member');
select pg_temp.send('k');
select lives_ok($$ select api.join_waitlist(tests.id('studio'), tests.at('09:00'), tests.at('10:00'), title => 'Ada''s wedding') $$, 'waits');
select pg_temp.send(null);
select lives_ok($$ select api.join_waitlist(tests.id('room'), tests.at('12:00', 10), tests.at('13:00', 10), title => 'Ada''s party', id => tests.id('party')) $$, 'is offered something');
select lives_ok($$ select api.decline_offer(tests.id('party')) $$, 'does not take it');
select lives_ok($$ select api.create_calendar_feed(), api.update_reservation(tests.id('mine'), 'Ada''s birthday', 'bring cake', '{"guests": "Grace"}'),
  api.sync_reservations(jsonb_build_array(jsonb_build_object('op', 'cancel', 'id', tests.id('theirs')))) $$, 'and does more');
select tests.be_dba();
insert into booking.mails (tenant_id, id, user_id, kind, items) select tests.id('acme'), tests.id(kind || who), tests.id(who), kind, '[]' from unnest('{member,colleague}'::text[]) who, unnest('{confirmed}'::text[]) kind;
select tests.be('member');
create temp table export as select api.export_my_data() as data;
select is((select jsonb_object_agg(key, jsonb_array_length(value)) from jsonb_each(data) where jsonb_typeof(value) = 'array' and key <> 'events'),
  '{"reservations": 6, "series": 1, "bundles": 1, "waitlist_entries": 2, "blackouts": 0, "webhook_endpoints": 0, "payments": 0, "calendar_feeds": 1, "idempotency_keys": 1, "synced_operations": 1, "email_verifications": 3, "mails": 1}', 'the export has all of theirs') from export;
select is(data #>> '{profile,email}', 'ada@example.org', 'their profile') from export;
select ok(data::text like '%bring cake%' and data::text like '%Grace%' and data::text like '%Ada''s wedding%', 'notes too') from export;
select ok(data::text !~ 'not Ada''s|"theirs"|token_hashes', 'and nothing of others') from export;
select is(jsonb_array_length(data -> 'events'), count(*)::integer, 'and what the log has of them') from export, booking.events where owner_id = tests.id('member') or actor_id = tests.id('member') group by data;
select tests.be_dba();
-- Whoever adds a table in which people occur adds it there, to erase_member() and to docs/privacy.md.
select set_eq($$ select distinct table_name::text from information_schema.columns where table_schema = 'booking' and column_name in ('user_id', 'owner_id', 'actor_id', 'created_by')
                    and table_name in (select relname from pg_class where relnamespace = 'booking'::regnamespace and relkind = 'r') $$,
  $$ select case key when 'profile' then 'members' else key end from export, jsonb_object_keys(data) key where key not in ('exported_at', 'tenant') $$, 'it knows all tables in which people occur');

-- Erasure
select throws_ok(format('select tests.be(%L), api.erase_member(tests.id(%L))', who, whom), code, slug, format('%s erases %s: %s', who, whom, slug))
  from (values ('colleague', 'member', 'PT403', 'forbidden'), ('manager', 'member', 'PT403', 'forbidden'), ('admin', 'nobody', 'PT404', 'not_found'), ('admin', 'stranger', 'PT404', 'not_found'),
               ('admin', 'admin', 'PT403', 'forbidden'), ('stranger', 'member', 'PT404', 'not_found')) as refused (who, whom, code, slug);
select tests.be('member');
select is((api.erase_member(tests.id('member'))) ->> 'user_id', tests.id('member')::text, 'a member erases themself');
select throws_ok('select api.my_profile()', 'PT403', 'forbidden', 'their access has ended');
select tests.be_dba();
select is_empty($$ select from booking.members where user_id = tests.id('member') $$, 'name, address and number are gone');
select is_empty(format('select from booking.%I where user_id = tests.id(''member'')', name), 'and their rows of ' || name) from unnest('{calendar_feeds, idempotency_keys, synced_operations, mails, email_verifications}'::text[]) name;
select is(count(*), 0::bigint, 'what they booked says nothing any more') from booking.reservations where owner_id = tests.id('member') and (title <> '' or notes is not null or metadata <> '{}' or status_reason is not null);
select is(tests.claims('mine') || (tests.reservation('past')).status::text, '{room 1 09:00-10:00,confirmed}', 'but is booked');
select is((tests.reservation('stale')).status, 'expired', 'a hold whose time was over is expired');
select is((tests.series('weekly')).title || (select title from booking.bundles), '', 'nor do series and bundles');
select is(array_agg(status::text || title order by status), '{declined,left}', 'they wait no longer') from booking.waitlist_entries where owner_id = tests.id('member');
select is((select count(*) from booking.events where type in ('waitlist.left', 'waitlist.declined') and owner_id = tests.id('member')), 2::bigint, 'each change has its event, and what did not change has none');
select is_empty($$ select * from booking.events where owner_id = tests.id('member') and previous ->> 'title' <> '' and subject ->> 'title' = '' $$, 'and no event says once more what was forgotten');
select is((tests.reservation('theirs')).title, 'theirs', 'others are left alone');
select is_empty('select * from booking.verify_invariants()', 'all holds');
select tests.be('admin');
select pg_temp.send('erase');
select is(api.erase_member(tests.id('colleague')), api.erase_member(tests.id('colleague')), 'a repeat is answered as the first');
select pg_temp.send(null);
select throws_ok($$ select api.erase_member(tests.id('colleague')) $$, 'PT404', 'not_found', 'another request finds nobody');
select tests.be_dba();
insert into booking.members (tenant_id, user_id, role) values (tests.id('acme'), tests.id('second'), 'admin');
select tests.be('admin');
select lives_ok($$ select api.erase_member(tests.id('admin')) $$, 'an admin goes where another stays');

-- Retention
select tests.be_dba();
update booking.tenants set notes_retention = '30 days', log_retention = '10 days', keys_retention = '10 days', attempts_retention = '10 days' where id = tests.id('acme');
insert into booking.idempotency_keys (tenant_id, user_id, key, operation, hash, response, created_at) values (tests.id('acme'), tests.id('manager'), 'old', '', '', '{}', tests.at('08:00', -11)), (tests.id('acme'), tests.id('manager'), 'new', '', '', '{}', tests.at('08:00', -9)),
  (tests.id('globex'), tests.id('stranger'), 'other', '', '', '{}', tests.at('08:00', -6)), (tests.id('globex'), tests.id('stranger'), 'a week', '', '', '{}', tests.at('08:00', -8)),
  (tests.id('no more'), tests.id('stranger'), 'left behind', '', '', '{}', tests.at('08:00', -8));
insert into booking.booking_attempts (tenant_id, occurred_at, outcome) select tests.id('acme'), tests.at('08:00', day), 'slot_taken' from unnest('{-9, -11}'::integer[]) day;
insert into booking.mails (tenant_id, id, user_id, kind, items, created_at) select tests.id('acme'), tests.id('mail' || day), tests.id('manager'), 'confirmed', '[]', tests.at('08:00', day) from unnest('{-9, -11}'::integer[]) day;
insert into booking.synced_operations (tenant_id, user_id, key, hash, created_at) values (tests.id('acme'), tests.id('manager'), 'old', '', tests.at('08:00', -11));
update booking.reservations set notes = 'old' where id in (tests.id('theirs'), tests.id('past'));
select tests.book('long ago', 'room', tests.at('09:00', -32), tests.at('10:00', -32)), tests.book('elsewhere', 'theirs', tests.at('09:00', -32), tests.at('10:00', -32), owner => 'stranger');
update booking.reservations set notes = 'old' where id in (tests.id('long ago'), tests.id('elsewhere'));
select set_eq('select * from booking.apply_retention()', $$ values ('notes', 1::bigint), ('idempotency keys', 3), ('attempts', 1), ('synced operations', 1), ('mails', 1) $$, 'what has been kept for as long as the tenant says is forgotten');
select is((tests.reservation('long ago')).notes, null, 'notes of what was over 30 days ago');
select is(array[(tests.reservation('theirs')).notes, (tests.reservation('elsewhere')).notes], '{old,old}', 'not of later ones, nor where notes are kept for ever');
select is(array_agg(key order by key), '{new,other}', 'keys alike, for a week where nothing is said, and those of a tenant that is no more') from booking.idempotency_keys;
select is(array_agg(occurred_at), array[tests.at('08:00', -9)], 'attempts alike') from booking.booking_attempts;
insert into booking.idempotency_keys (tenant_id, user_id, key, operation, hash, response, created_at) select tests.id('acme'), tests.id('manager'), 'many ' || n, '', '', '{}', tests.at('08:00') - n * interval '1 minute' from generate_series(1, 9) n;
select set_eq('select * from booking.apply_retention(most_keys => 4)', $$ values ('idempotency keys', 6::bigint) $$, 'of one member the newest stay');
select is(array_agg(key order by key), '{many 1,many 2,many 3,many 4}', 'and no others') from booking.idempotency_keys where user_id = tests.id('manager');
select is_empty('select * from booking.apply_retention()', 'then nothing is left to do');
select tests.clock('08:00', 31);
select is((select count(*) from booking.apply_retention(1) where rows = 1), 4::bigint, 'a batch is no larger than asked for');
-- Whatever names no tenant has nobody's retention.
insert into booking.payment_notifications (tenant_id, provider, body, status, updated_at)
select tenant_id, 'payfast', convert_to(status || day, 'UTF8'), status, booking.now() + day * interval '1 day'
  from unnest(array[tests.id('nobody'), '00000000-0000-0000-0000-000000000000', tests.id('globex')]) tenant_id, unnest('{received, rejected}'::text[]) status, unnest('{-8, -6}'::integer[]) day;
select is_empty($$ select * from booking.apply_retention() where forgotten like '%notifications' $$, 'notices of no tenant stay for a while,');
select results_eq($$ select * from booking.apply_retention(3, notice_retention => '7 days') where forgotten like '%notifications' $$, $$ values ('stray payment notifications', 3::bigint) $$, 'as long as the operator says,');
select results_eq($$ select * from booking.apply_retention(3, notice_retention => '7 days') where forgotten like '%notifications' $$, $$ values ('stray payment notifications', 1::bigint) $$, 'and go, settled or not');
select is(array_agg(tenant_id || convert_from(body, 'UTF8') order by tenant_id = tests.id('globex'), tenant_id, body),
  array['00000000-0000-0000-0000-000000000000received-6', '00000000-0000-0000-0000-000000000000rejected-6', tests.id('nobody') || 'received-6', tests.id('nobody') || 'rejected-6',
        tests.id('globex') || 'received-6', tests.id('globex') || 'received-8', tests.id('globex') || 'rejected-6', tests.id('globex') || 'rejected-8'], 'but none of a tenant''s') from booking.payment_notifications;
select throws_ok($$ update booking.tenants set log_retention = '1 hour' $$, '23514', null, 'a repeat has a day at least');

select * from finish();
rollback;
