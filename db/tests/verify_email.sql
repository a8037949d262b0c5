-- An address is verified by the token that was mailed there: once, within a day, and by the gateway alone. tests/test_mail.py follows the links.
begin;
select no_plan();
select tests.world();
select booking.enqueue_mails();

create function pg_temp.ask(who text, address text) returns void language plpgsql
as $$
begin
  perform tests.be(who);
  perform api.update_my_profile(email => address, email_consent => true);
  perform tests.be_dba();
end
$$;
-- The link as it is mailed; only the worker sees it.
create function pg_temp.mailed() returns text language plpgsql security definer
as $$
declare
  v_link text;
begin
  perform booking.enqueue_mails();
  select split_part(max(m ->> 'link'), '=', 2) into v_link from booking.take_mails(10, '10 minutes') m;
  return v_link;
end
$$;
create function pg_temp.press(token text) returns boolean language plpgsql
as $$
declare
  v_found boolean;
begin
  perform tests.become('berth_gateway', null);
  v_found := booking.verify_email(token);
  perform tests.be_dba();
  return v_found;
end
$$;
create function pg_temp.is_verified(who text) returns boolean language sql security definer
as $$ select email_verified_at is not null from booking.members where user_id = tests.id(who) and tenant_id = tests.id('acme') $$;

select pg_temp.ask('member', 'ada@example.org');
create temp table link as select pg_temp.mailed() as token;
select is(length(token), 86, 'a link is mailed') from link;
select is((select array[cardinality(token_hashes)::text, encode(token_hashes[1], 'hex')] from booking.email_verifications), array['1', encode(sha256(convert_to(token, 'UTF8')), 'hex')], 'of which a hash is kept') from link;
create function pg_temp.tries(who text, query text) returns text language plpgsql as $$ begin perform tests.be(who); return tests.answer(query) ->> 'code'; end $$;
select is(pg_temp.tries(who, query), '42501', format('%s: %s', who, query))
  from unnest('{member, admin, stranger}'::text[]) who, unnest('{select booking.verify_email(''x''), select * from booking.email_verifications}'::text[]) query;
select tests.become('berth_gateway', null);
select throws_ok('select * from booking.email_verifications', '42501', null, 'nor does the gateway');
select tests.be_dba();
select ok(not pg_temp.press(nonsense), 'nonsense: ' || coalesce(nonsense, 'null')) from unnest(array[null, '', 'x', repeat('A', 86), repeat('é', 86), e'a\nb']) nonsense;
select ok(not pg_temp.press(substr(token, 1, 84) || 'AA'), 'another secret') from link;
select ok(not pg_temp.is_verified('member'), 'does nothing');
select ok(pg_temp.press(token), 'the link') from link;
select ok(pg_temp.is_verified('member'), 'verifies it');
select ok(not pg_temp.press(token), 'once') from link;
select tests.be('member');
select is(api.my_profile() ->> 'email_verified', 'true', 'they see it');
select is(api.update_my_profile(display_name => 'Ada', email => 'ada@example.org') ->> 'email_verified', 'true', 'the same address stays so');
select is(api.update_my_profile(email => 'ada@example.net') -> 'email_verified_at', 'null', 'another does not');
select tests.be_dba();
create temp table second as select pg_temp.mailed() as token;
select pg_temp.ask('member', 'ada@example.org');
select ok(not pg_temp.press(token), 'the link of another address verifies none') from second;
create temp table third as select pg_temp.mailed() as token;
select tests.clock('08:01', 1);
select ok(not pg_temp.press(token), 'nor does one of yesterday') from third;
update booking.members set email = 'eve@example.org', email_verified_at = booking.now() where user_id = tests.id('member');
select ok(pg_temp.is_verified('member'), 'who writes both has seen to it');
update booking.members set email = 'mallory@example.org' where user_id = tests.id('member');
select ok(not pg_temp.is_verified('member'), 'whatever road another address comes by, it is not verified');
select throws_ok($$ update booking.members set email = null, email_consent_at = null, email_verified_at = now() where user_id = tests.id('member') $$, '23514', null, 'where there is none, nothing is');

-- Few a day
select pg_temp.ask('colleague', n || '@example.org') from generate_series(1, 3) n;
select tests.be('colleague');
select is(tests.answer($$ select api.update_my_profile(email => '4@example.org') $$) - 'hint', '{"code": "PT429", "message": "too_many_requests", "details": {"limit": 3}}', 'a fourth address in a day is refused');
select lives_ok($$ select api.update_my_profile(display_name => 'C', email => '3@example.org', email_consent => true) $$, 'but not the same');
select lives_ok($$ select api.update_my_profile(email => '') $$, 'nor to have none');
select tests.be_dba();
select is((select count(*) from booking.email_verifications where user_id = tests.id('colleague')), 3::bigint, 'three links in all');
select tests.clock('08:02', 2);
select pg_temp.ask('colleague', '4@example.org');
select is((select count(*) from booking.email_verifications where user_id = tests.id('colleague') and email = '4@example.org'), 1::bigint, 'the next day there are more');
select is((select rows from booking.apply_retention() where forgotten = 'email verifications'), 6::bigint, 'those of yesterday are forgotten');

select * from finish();
rollback;
