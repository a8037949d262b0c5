-- A calendar feed shows what its maker may see at the moment, to whoever has the token, and only so long.
begin;
select no_plan();
select tests.world();
select tests.reserve('mine', 'room', '09:00', '10:00'), tests.reserve('theirs', 'room', '10:00', '11:00', owner => 'colleague'), tests.reserve('gone', 'room', '11:00', '12:00'),
       tests.reserve('maybe', 'room', '13:00', '14:00', 'tentative', 'colleague'), tests.reserve('two', 'desks', '09:00', '10:00', owner => 'colleague', units => 2),
       tests.reserve('desk', 'desks', '09:00', '10:00'), tests.reserve('stale', 'room', '14:00', '15:00', 'held', 'colleague', expires => '08:00');
update booking.reservations set status = 'cancelled', updated_at = tests.at('08:00') where id = tests.id('gone');
update booking.reservations set title = '' where id = tests.id('desk');
select tests.book('long ago', 'room', tests.at('09:00', -91), tests.at('10:00', -91)), tests.book('old', 'room', tests.at('09:00', -89), tests.at('10:00', -89)),
       tests.book('far', 'room', tests.at('09:00', 732), tests.at('10:00', 732)), tests.book('next year', 'room', tests.at('09:00', 700), tests.at('10:00', 700));
select tests.close('shut', 'room', '20:00', '21:00', reason => 'paint'), tests.close('open again', 'room', '21:00', '22:00');
update booking.blackouts set lifted_at = booking.now() where id = tests.id('open again');

create temp table feeds (name text, answer jsonb);
grant all on feeds to public;
create function pg_temp.token(name text) returns text language sql as $$ select answer ->> 'token' from feeds f where f.name = token.name $$;
create function pg_temp.read(name text) returns jsonb language sql as $$ select tests.become('berth_gateway', null); select booking.read_calendar_feed(pg_temp.token(name)) $$;
-- "Busy 10:00, mine 09:00"
create function pg_temp.shows(name text) returns text language sql
as $$ select string_agg(format('%s %s', r ->> 'title', to_char((r ->> 'starts_at')::timestamptz, 'HH24:MI')), ', ' order by r ->> 'title', r ->> 'starts_at') from jsonb_array_elements(pg_temp.read(name) -> 'reservations') r $$;

select tests.be('member');
insert into feeds select 'own', api.create_calendar_feed();
insert into feeds select 'room', api.create_calendar_feed(tests.id('room'));
insert into feeds select 'desks', api.create_calendar_feed(tests.id('desks'));
select is(answer - 'token' - 'id', jsonb_build_object('resource_id', null, 'url', format('/v1/calendars/%s.ics', answer ->> 'token')), 'a token and its address') from feeds where name = 'own';
select matches(answer ->> 'token', '^[A-Za-z0-9_-]{86}$', 'which a URL takes as it is') from feeds;
select set_config('booking.gateway_url', 'https://berth.example.org', true);
select matches(api.create_calendar_feed() ->> 'url', '^https://berth.example.org/v1/calendars/.{86}.ics$', 'absolute where it is known where the gateway is');
select throws_ok($$ select api.create_calendar_feed(tests.id('theirs')) $$, 'PT404', 'not_found', 'not of another tenant''s resource');

select is(pg_temp.shows('own'), 'desks 09:00, mine 09:00, next year 09:00, old 09:00', 'their own, as what is there says, from 90 days ago to two years ahead');
select is(pg_temp.shows('room'), 'Busy 10:00, mine 09:00, next year 09:00, old 09:00, paint 20:00', 'of a room: others'' time as busy, nothing that takes none, and why it is closed');
select is(pg_temp.shows('desks'), 'Busy 09:00, desks 09:00', 'busy once, however many units');
select ok(pg_temp.read('room')::text !~ (tests.id('theirs') || '|' || tests.id('colleague') || '|theirs'), 'nothing tells whose it is');
select is(pg_temp.read('room'), pg_temp.read('room'), 'at every reading the same');
select is(pg_temp.read('room') -> 'resources', jsonb_build_array(jsonb_build_object('id', tests.id('room'), 'name', 'room', 'timezone', 'UTC')), 'with the resource') ;
select is(pg_temp.read('own') ->> 'name', 'Acme', 'a name');
select is((pg_temp.read('own') ->> 'updated_at')::timestamptz >= tests.at('08:00'), true, 'and when it changed');

-- Rights as they are
select tests.be_dba();
update booking.members set role = 'approver' where user_id = tests.id('member');
select is(pg_temp.shows('room'), 'maybe 13:00, mine 09:00, next year 09:00, old 09:00, paint 20:00, theirs 10:00', 'an approver sees all');
select tests.be_dba();
update booking.members set role = 'member' where user_id = tests.id('member');
select is(pg_temp.shows('room'), 'Busy 10:00, mine 09:00, next year 09:00, old 09:00, paint 20:00', 'and no longer who is none any more');

-- Secrets
select is(booking.read_calendar_feed(token), null, 'no token: ' || left(token, 20))
  from unnest(array['', 'x', repeat('A', 86), repeat('A', 87), repeat('_', 86), e'\n', (select left(pg_temp.token('own'), 85) || 'A'), (select upper(pg_temp.token('own')))]) token where token <> pg_temp.token('own');
select tests.be_dba();
select is(count(*), 0::bigint, 'no token is stored') from booking.calendar_feeds f, feeds where f::text like '%' || (answer ->> 'token') || '%';
select set_config('request.headers', '{"idempotency-key": "k"}', true) from (select tests.be('member')) w;
insert into feeds select 'first', api.create_calendar_feed(tests.id('room'));
insert into feeds select 'again', api.create_calendar_feed(tests.id('room'));
select is(f.answer -> 'id', a.answer -> 'id', 'a repeat names the same feed') from feeds f, feeds a where f.name = 'first' and a.name = 'again';
select isnt(pg_temp.token('first'), pg_temp.token('again'), 'with another token');
select is(pg_temp.read('first'), pg_temp.read('again'), 'both read it');
select tests.be_dba();
select is(count(*), 0::bigint, 'nor is a token among the answers kept') from booking.idempotency_keys k, feeds where k::text like '%' || (answer ->> 'token') || '%';

-- Who
select tests.be('member');
select is(count(*), 5::bigint, 'members see their feeds') from api.calendar_feeds;
select throws_ok('select token_hashes from booking.calendar_feeds', '42501', null, 'but no hash');
select throws_ok($$ select booking.read_calendar_feed('x') $$, '42501', null, 'reading is the gateway''s');
select tests.be('manager');
select is_empty('select * from api.calendar_feeds', 'others do not');
select throws_ok(format('select api.revoke_calendar_feed(%L)', answer ->> 'id'), 'PT404', 'not_found', 'nor can they end them') from feeds where name = 'own';
select tests.be('admin');
select is(count(*), 5::bigint, 'admins do') from api.calendar_feeds;
select lives_ok(format('select api.revoke_calendar_feed(%L)', answer ->> 'id'), 'and can') from feeds where name = 'desks';
select is(pg_temp.read('desks'), null, 'it reads nothing any more');
select tests.be('member');
select lives_ok(format('select api.revoke_calendar_feed(%L)', answer ->> 'id'), 'as can who made it') from feeds where name = 'room';
select throws_ok(format('select api.revoke_calendar_feed(%L)', answer ->> 'id'), 'PT404', 'not_found', 'once') from feeds where name = 'room';
select tests.be_dba();
delete from booking.members where user_id = tests.id('member');
select is(pg_temp.read('own'), null, 'a removed member''s feed is gone');
select tests.be_dba();
delete from booking.resources where id = tests.id('closed');
insert into booking.members (tenant_id, user_id) values (tests.id('acme'), tests.id('member'));
select is(pg_temp.read('own'), null, 'and stays gone when they return');

select * from finish();
rollback;
