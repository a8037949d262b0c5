-- api.pencil_reservation keeps the time of what is not decided yet.
begin;
select no_plan();
select tests.world();
select tests.reserve('t', 'room', '09:00', '10:00', 'tentative');
select tests.reserve('late', 'room', '09:30', '10:30', 'tentative');
select tests.reserve('h', 'studio', '09:00', '10:00', 'held');
select tests.reserve('h2', 'studio', '10:00', '11:00', 'held');
select tests.reserve('p', 'studio', '11:00', '12:00', 'pencilled');
select tests.reserve('c', 'studio', '12:00', '13:00');
select tests.reserve('w', 'stage', '09:00', '10:00', 'pending');
select tests.reserve('s', 'stage', '09:00', '10:00', 'tentative');
select tests.reserve('over', 'room', '06:00', '07:00', 'tentative');
select tests.reserve('shut', 'closed', '09:00', '10:00', 'tentative');

select tests.be('member');
select is(array[r.status::text, r.version::text, r.expires_at::text, r.status_reason], array['pencilled', '2', tests.at('08:00', 2)::text, 'maybe'], 'a tentative one is pencilled in, for 48 hours')
  from api.pencil_reservation(tests.id('t'), 1, 'maybe') r;
select is(tests.claims('t'), '{room 1 09:00-10:00}', 'and takes its time');
select is(booking.event_data(tests.last_event('t')) - 'reservation',
  '{"previous": {"status": "tentative", "expires_at": null, "status_reason": null}, "reason": "maybe", "override": false}', 'which the event tells');
select tests.clock('08:10');
select is(array[r.status::text, r.expires_at::text], array['pencilled', tests.at('08:10', 2)::text], 'a held one, from now on') from api.pencil_reservation(tests.id('h')) r;
select is(tests.claims('h'), '{studio 1 09:00-10:00}', 'its own hold is not in its way');
select is((api.pencil_reservation(tests.id('h2'), pencil_ttl => '24 hours')).expires_at, tests.at('08:10', 1), 'for as long as it asks');
select is((api.pencil_reservation(tests.id('s'), pencil_ttl => '1 day 1 hour')).status::text, 'pencilled', 'approval is for confirming it');

create temp table before as select tests.digest();
create temp table refusals (who text, call text, code text, slug text);
insert into refusals values
  ('member', $$'late'$$, 'PT409', 'slot_taken'),
  ('member', $$'late', 2$$, 'PT409', 'version_conflict'),
  ('member', $$'p'$$, 'PT409', 'invalid_transition'),
  ('member', $$'p', pencil_ttl => '30 hours'$$, 'PT409', 'invalid_transition'),
  ('member', $$'c'$$, 'PT409', 'invalid_transition'),
  ('member', $$'w'$$, 'PT409', 'invalid_transition'),
  ('member', $$'over'$$, 'PT422', 'too_soon'),
  ('member', $$'shut'$$, 'PT422', 'resource_inactive'),
  ('member', $$'none'$$, 'PT404', 'not_found'),
  ('colleague', $$'late'$$, 'PT404', 'not_found'),
  ('approver', $$'late'$$, 'PT403', 'forbidden'),
  ('member', $$'shut', override => true, reason => 'why'$$, 'PT403', 'forbidden'),
  ('manager', $$'shut', override => true$$, 'PT400', 'invalid_argument'),
  ('manager', $$'late', override => true, reason => 'why'$$, 'PT409', 'slot_taken'),
  ('manager', $$'over', override => true, reason => 'why', pencil_ttl => '0'$$, 'PT400', 'invalid_argument'),
  ('manager', $$'over', override => true, reason => 'why', pencil_ttl => '-1 day'$$, 'PT400', 'invalid_argument'),
  ('manager', $$'over', override => true, reason => 'why', pencil_ttl => '300000 years'$$, 'PT400', 'invalid_argument');
update refusals set call = regexp_replace(call, '^(''\w+'')', 'tests.id(\1)');
grant select on before, refusals to public;
select throws_ok(format('select tests.be(%L), api.pencil_reservation(%s)', who, call), code, slug, format('%s for %s: %s', slug, who, call)) from refusals;
select tests.be_dba();
select tests.reserve('free', 'desks', '09:00', '10:00', 'tentative');
truncate before;
insert into before select tests.digest();
select tests.be('member');
select throws_ok(format('select api.pencil_reservation(tests.id(''free''), pencil_ttl => %L)', ttl), 'PT400', 'invalid_argument', ttl || ' is not between 24 and 48 hours')
  from unnest('{0, -1 hour, 1 hour, 23:59:59.999999, 48:00:00.000001, 1 month}'::text[]) ttl;
select is(tests.details($$ select api.pencil_reservation(tests.id('free'), pencil_ttl => '1 hour') $$), '{"argument": "pencil_ttl", "min": "24:00:00", "max": "48:00:00"}',
  'the details name the bounds');
select is(tests.digest(), digest, 'nothing of that changed anything') from before;

-- Other bounds
select tests.be_dba();
select tests.rule('desks', '{"min_pencil_ttl": "1 hour", "max_pencil_ttl": "7 days"}');
select tests.be('member');
select is(tests.answer(format('select api.pencil_reservation(tests.id(''free''), pencil_ttl => %L)', ttl)) ->> 'message', slug, format('where the rule says 1 hour to 7 days, %s is %s', ttl, coalesce(slug, 'fine')))
  from (values ('59:59.999999', 'invalid_argument'), ('1 hour', null), ('7 days', null), ('7 days 0.000001 seconds', 'invalid_argument')) as ttls (ttl, slug);
select tests.be('manager');
select is((api.pencil_reservation(tests.id('free'), pencil_ttl => '8 days', override => true, reason => 'VIP')).expires_at, tests.at('08:10', 8), 'a manager goes beyond, with a reason');
select is(booking.event_data(tests.last_event('free')) ->> 'override', 'true', 'which the event tells');
select tests.be_dba();
select tests.rule('stage', '{"pencil_ttl": "12 hours"}');
select tests.rule('room', '{"pencil_ttl": "96 hours"}');
select is(tests.answer(format('select booking.choose_expiry(booking.find_resource(tests.id(''acme''), tests.id(%L)), null, %L, false)', resource, ttl)) ->> 'message', slug,
          format('a rule''s own pencil_ttl is never out of bounds: %s on the %s %s', ttl, resource, coalesce(slug, 'is fine')))
  from (values ('stage', '11:59:59', 'invalid_argument'), ('stage', '12 hours', null), ('stage', '48 hours', null), ('room', '24 hours', null), ('room', '96 hours', null), ('room', '96:00:01', 'invalid_argument')) as ttls (resource, ttl, slug);

-- The very instant
select tests.reserve('x', 'room', '14:00', '15:00', 'held', expires => '08:20');
select tests.clock('08:20');
select tests.be('member');
select throws_ok($$ select api.pencil_reservation(tests.id('x')) $$, 'PT409', 'hold_expired', 'what has expired is not pencilled in');

select * from finish();
rollback;
