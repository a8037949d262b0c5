-- Admins say where events are sent; a secret is told once, and kept nowhere but where it is needed.
begin;
select no_plan();
select tests.world();

create function pg_temp.ask(call text, who text default 'admin', key text default null) returns jsonb language plpgsql as $$
declare v_answer jsonb;
begin
  perform tests.be(who), set_config('request.headers', jsonb_strip_nulls(jsonb_build_object('idempotency-key', key))::text, true);
  execute format('select to_jsonb(r) from api.%s r', call) into v_answer;
  return coalesce(v_answer -> split_part(call, '(', 1), v_answer);
end
$$;
create function pg_temp.secrets(endpoint_id uuid) returns text[] language sql security definer
as $$ select array_agg(secret order by number desc) from booking.webhook_secrets s where s.endpoint_id = secrets.endpoint_id and coalesce(expires_at > booking.now(), true) $$;
create function pg_temp.is_kept(secret text) returns text[] language plpgsql security definer as $$
declare
  v_table regclass;
  v_found boolean;
  v_kept text[] := '{}';
begin
  for v_table in select oid from pg_class where relnamespace = 'booking'::regnamespace and relkind = 'r' loop
    execute format('select exists (select from %s t where strpos(t::text, $1) > 0)', v_table) into v_found using secret;
    if v_found then v_kept := v_kept || v_table::text; end if;
  end loop;
  return v_kept;
end
$$;

-- Made
create temp table made (e jsonb);
create temp table rotated (e jsonb);
create temp table again (e jsonb);
grant all on made, rotated, again to public;
insert into made select pg_temp.ask($$create_webhook_endpoint('https://example.org/hook?t=1', '{reservation.*}', 'billing')$$, key => 'k');
select is(e - '{id,secret,created_at,updated_at}'::text[],
  jsonb_build_object('tenant_id', tests.id('acme'), 'url', 'https://example.org/hook?t=1', 'event_types', '["reservation.*"]'::jsonb, 'description', 'billing', 'is_enabled', true,
    'disabled_at', null, 'disabled_reason', null, 'failing_since', null, 'last_attempt_at', null, 'created_by', tests.id('admin')), 'the endpoint is answered') from made;
select matches(e ->> 'secret', '^whsec_[A-Za-z0-9+/]{43}=$', 'with a secret of 32 bytes') from made;
select isnt(pg_temp.ask($$create_webhook_endpoint('https://example.org')$$) ->> 'secret', e ->> 'secret', 'each has its own') from made;
select is(pg_temp.is_kept(e ->> 'secret'), '{booking.webhook_secrets}', 'the secret is kept in one place, not with the answer') from made;
select is(pg_temp.ask($$create_webhook_endpoint('https://example.org/hook?t=1', '{reservation.*}', 'billing')$$, key => 'k'), e, 'the same key gets the same answer') from made;
select is((select to_jsonb(w) from api.webhook_endpoints w where id = (e ->> 'id')::uuid), e - 'secret', 'the view has the same, without the secret') from made;
select is((select count(*) from information_schema.columns where table_schema = 'api' and column_name like '%secret%'), 0::bigint, 'no view has a secret');
select is((pg_temp.ask($$create_webhook_endpoint('http://127.0.0.1:8080')$$)) - '{id,secret,tenant_id,created_by,created_at,updated_at}'::text[],
  '{"url": "http://127.0.0.1:8080", "event_types": ["*"], "description": "", "is_enabled": true, "disabled_at": null, "disabled_reason": null, "failing_since": null, "last_attempt_at": null}', 'all events, by default');

-- Refusals
select tests.be_dba();
create temp table before as select tests.digest();
grant select on before to public;
select is(tests.answer(format('select pg_temp.ask(%L, %L)', call, who)) - '{details,hint}'::text[], jsonb_build_object('code', code, 'message', slug), format('%s for %s: %s', slug, who, left(call, 90)))
  from made, lateral (values
    ('manager', $$create_webhook_endpoint('https://example.org')$$, 'PT403', 'forbidden'), ('member', $$create_webhook_endpoint('https://example.org')$$, 'PT403', 'forbidden'),
    ('manager', format('rotate_webhook_secret(%L)', e ->> 'id'), 'PT403', 'forbidden'), ('stranger', format('rotate_webhook_secret(%L)', e ->> 'id'), 'PT404', 'not_found'),
    ('manager', format('delete_webhook_endpoint(%L)', e ->> 'id'), 'PT403', 'forbidden'), ('stranger', format('delete_webhook_endpoint(%L)', e ->> 'id'), 'PT404', 'not_found'),
    ('manager', format('send_test_event(%L)', e ->> 'id'), 'PT403', 'forbidden'), ('stranger', format('send_test_event(%L)', e ->> 'id'), 'PT404', 'not_found'),
    ('manager', format('update_webhook_endpoint(%L)', e ->> 'id'), 'PT403', 'forbidden'), ('stranger', format('update_webhook_endpoint(%L)', e ->> 'id'), 'PT404', 'not_found'),
    ('manager', format('replay_webhook_deliveries(%L, now())', e ->> 'id'), 'PT403', 'forbidden'), ('stranger', format('replay_webhook_deliveries(%L, now())', e ->> 'id'), 'PT404', 'not_found'),
    ('admin', 'send_test_event(null)', 'PT404', 'not_found'),
    ('admin', format('replay_webhook_deliveries(%L)', e ->> 'id'), 'PT400', 'invalid_argument'),
    ('admin', format('replay_webhook_deliveries(%L, event_ids => array_fill(gen_random_uuid(), ''{1001}''))', e ->> 'id'), 'PT400', 'invalid_argument'),
    ('admin', format('rotate_webhook_secret(%L, ''-1 s'')', e ->> 'id'), 'PT400', 'invalid_argument'), ('admin', format('rotate_webhook_secret(%L, ''31 days'')', e ->> 'id'), 'PT400', 'invalid_argument'),
    ('admin', format('rotate_webhook_secret(%L, null)', e ->> 'id'), 'PT400', 'invalid_argument'),
    ('admin', format('update_webhook_endpoint(%L, url => ''ftp://x'')', e ->> 'id'), 'PT400', 'invalid_argument'),
    ('admin', $$create_webhook_endpoint('https://example.org', description => repeat('x', 1001))$$, 'PT400', 'invalid_argument'),
    ('admin', $$create_webhook_endpoint(null)$$, 'PT400', 'invalid_argument')) as refusals (who, call, code, slug);
select is(tests.answer(format('select pg_temp.ask(%L)', format('create_webhook_endpoint(%L)', url))) ->> 'message', 'invalid_argument', 'no address: ' || url)
  from unnest(array['', 'x', 'example.org', '//example.org/', 'ftp://example.org/', 'file:///etc/passwd', 'https:example.org', 'https://', 'https:///path', 'https://?x', 'https://example.org:0/', 'https://example.org:65536/',
    'https://example.org:99999999999/', 'https://example.org:/', 'https://u:p@example.org/', 'https://u@example.org/', 'https://example.org@10.0.0.1/', 'https://example.org\@10.0.0.1/', 'https://exa mple.org/', ' https://example.org/', 'https://example.org/#x',
    'https://exämple.org/', e'https://example.org/\r\nHost: x', e'https://example.org/\n', e'https://example.org/\t', 'https://[fe80::1%25eth0]/', 'https://[::1/', 'https://example.org/ä', 'javascript:alert(1)', 'https://%31%32%37.0.0.1/',
    'https://' || repeat('x', 2041)]) url;
select is(tests.answer(format('select pg_temp.ask(%L)', format('create_webhook_endpoint(''https://example.org'', %L)', types))) ->> 'message', 'invalid_argument', coalesce('no event types: ' || left(types::text, 30), 'no event types'))
  from (values ('{}'::text[]), (null), ('{null}'), ('{""}'), ('{reservation.%}'), ('{Reservation}'), (array[repeat('x', 101)]), (array_fill('*'::text, '{51}'))) as t (types);
select is(tests.answer(format('select pg_temp.ask(%L)', call)), jsonb_build_object('code', 'PT400', 'message', 'invalid_argument', 'details', '{"argument": "event_types"}'::jsonb,
    'hint', format('No event is called %s, so nothing would be sent for it. Events are called like reservation.confirmed.', idle)), 'what matches no event: ' || call)
  from (values ('{reservation.confirmd}', 'reservation.confirmd'), ('{reservations.*}', 'reservations.*'), ('{reservation.*,*.approved}', '*.approved'), ('{reservation}', 'reservation'), ('{.}', '.'),
    ('{webhook_endpoint.test}', 'webhook_endpoint.test')) as t (types, idle), made,
    unnest(array[format('create_webhook_endpoint(''https://example.org'', %L)', types), format('update_webhook_endpoint(%L, event_types => %L)', e ->> 'id', types)]) call;
select is(tests.digest(), digest, 'nothing of that changed anything') from before;
select lives_ok(format('select pg_temp.ask(%L)', format('create_webhook_endpoint(%L)', url)), 'an address: ' || url)
  from unnest(array['https://example.org', 'HTTPS://Example.ORG:8443/a/b?c=d&e=%20', 'https://example.org?x', 'http://[::1]:8000/', 'https://xn--exmple-cua.org/', 'https://a_b.example.org./', 'https://example.org/~x/(y);z,!''*@:$']) url;

-- Changed
select is(pg_temp.ask(format('update_webhook_endpoint(%L, description => ''x'')', e ->> 'id')) - 'updated_at', (e - 'secret' - 'updated_at') || '{"description": "x"}', 'what is not given stays') from made;
select is(pg_temp.ask(format('update_webhook_endpoint(%L, ''https://example.com'', ''{*}'', '''')', e ->> 'id')) - 'updated_at',
  (e - 'secret' - 'updated_at') || '{"description": "", "url": "https://example.com", "event_types": ["*"]}', 'what is given changes') from made;

-- Rotated
insert into rotated select pg_temp.ask(format('rotate_webhook_secret(%L, ''1 hour'')', e ->> 'id'), key => 'r') from made;
select isnt(rotated.e ->> 'secret', made.e ->> 'secret', 'a new secret') from rotated, made;
select is(pg_temp.secrets((made.e ->> 'id')::uuid), array[rotated.e ->> 'secret', made.e ->> 'secret'], 'the old one is good too') from rotated, made;
select is(pg_temp.ask(format('rotate_webhook_secret(%L, ''1 hour'')', e ->> 'id'), key => 'r'), e, 'the same key rotates once') from rotated;
select tests.clock('09:00');
select is(pg_temp.secrets((made.e ->> 'id')::uuid), array[rotated.e ->> 'secret'], 'until the grace is over') from rotated, made;
insert into again select pg_temp.ask(format('rotate_webhook_secret(%L)', e ->> 'id')) from made;
select is(pg_temp.secrets((made.e ->> 'id')::uuid), array[again.e ->> 'secret', rotated.e ->> 'secret'], 'once more') from rotated, made, again;
select is(pg_temp.is_kept(made.e ->> 'secret'), '{}', 'the first is gone') from made;
select is(pg_temp.ask($$create_webhook_endpoint('https://example.org/hook?t=1', '{reservation.*}', 'billing')$$, key => 'k'), e || '{"secret": null}', 'and is told to nobody any more') from made;
select tests.clock('08:59', 1);
select is(pg_temp.ask(format('rotate_webhook_secret(%L, ''1 hour'')', e ->> 'id'), key => 'r') ->> 'secret', null, 'after a day one that is still good is not either') from rotated;
select is(jsonb_array_length(to_jsonb(pg_temp.secrets((pg_temp.ask(format('rotate_webhook_secret(%L, ''0'')', e ->> 'id')) ->> 'id')::uuid))), 1, 'without a grace the old one ends at once') from made;

-- Disabled by hand, and enabled
select is(pg_temp.ask(format('update_webhook_endpoint(%L, is_enabled => false)', e ->> 'id')) -> 'disabled_reason', '"an admin disabled it"', 'disabled') from made;
select is((select to_jsonb(array[e.type, e.reason, e.actor_id::text, e.owner_id::text]) || (e.subject - '{id,tenant_id}'::text[]) from booking.events e where type like 'webhook_endpoint.%'),
  jsonb_build_array('webhook_endpoint.disabled', 'an admin disabled it', tests.id('admin'), tests.id('admin'),
    jsonb_build_object('origin', 'https://example.com', 'description', '', 'failing_since', null, 'disabled_at', tests.at('08:59', 1))), 'one event, with nothing secret of the address');
select is(tests.answer(format('select pg_temp.ask(%L)', format('%s(%L%s)', call, e ->> 'id', argument))) ->> 'message', 'invalid_transition', call || ' needs one that is enabled')
  from made, (values ('send_test_event', ''), ('replay_webhook_deliveries', ', now()')) calls (call, argument);
select is(pg_temp.ask(format('update_webhook_endpoint(%L, is_enabled => true)', e ->> 'id')) -> 'disabled_reason', 'null', 'enabled') from made;
select is((select count(*) from booking.events where type like 'webhook_endpoint.%'), 1::bigint, 'no other event');
select is(pg_temp.ask(format('send_test_event(%L)', e ->> 'id')) - '{id,event_id,created_at,updated_at,next_attempt_at}'::text[],
  jsonb_build_object('tenant_id', tests.id('acme'), 'endpoint_id', e ->> 'id', 'event_type', 'webhook_endpoint.test', 'status', 'pending', 'attempts', 0, 'response_status', null, 'latency_ms', null, 'error', null, 'response_body', null), 'a test is on its way') from made;

-- Who sees them
select tests.be('manager');
select is_empty('table api.webhook_endpoints', 'managers see no endpoint');
select is_empty('table api.webhook_deliveries', 'and no delivery');
select throws_ok('table booking.webhook_secrets', '42501', null, 'nobody sees a secret');
select tests.be('admin');
select throws_ok('table booking.webhook_secrets', '42501', null, 'not even admins');

-- Deleted
select is(pg_temp.ask(format('delete_webhook_endpoint(%L)', e ->> 'id'), key => 'd') ->> 'id', e ->> 'id', 'deleted') from made;
select is(pg_temp.ask(format('delete_webhook_endpoint(%L)', e ->> 'id'), key => 'd') ->> 'id', e ->> 'id', 'once') from made;
select is((select count(*) from api.webhook_deliveries d, made where d.endpoint_id = (e ->> 'id')::uuid), 0::bigint, 'with its deliveries');
select tests.be_dba();
select is((select count(*) from booking.webhook_secrets s, made where s.endpoint_id = (e ->> 'id')::uuid), 0::bigint, 'and its secrets');

-- Fifty
insert into booking.webhook_endpoints (tenant_id, url) select tests.id('acme'), 'https://example.org' from generate_series(1, 50 - (select count(*)::integer from booking.webhook_endpoints));
select is(tests.answer($$select pg_temp.ask('create_webhook_endpoint(''https://example.org'')')$$) - 'hint', '{"code": "PT422", "message": "quota_exceeded", "details": {"limit": 50, "used": 50}}', 'fifty are enough');

select * from finish();
rollback;
