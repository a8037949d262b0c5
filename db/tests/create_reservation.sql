-- api.create_reservation: the reservation, or a refusal that changes nothing.
begin;
select no_plan();
select tests.world();
select tests.rule(null, '{"max_priority": 2}');

select tests.be('member');
create temp table made as
select r.* from api.create_reservation(tests.id('room'), tests.at('09:00'), tests.at('10:00'), title => 'Stand-up', notes => 'bring tea',
  priority => 2, id => tests.id('a'), source_module => 'crm', source_id => '7', metadata => '{"a": null}', reason => 'why') r;
select is(to_jsonb(made) - '{created_at, updated_at, status_since}'::text[], jsonb_build_object(
    'id', tests.id('a'), 'tenant_id', tests.id('acme'), 'resource_id', tests.id('room'), 'status', 'confirmed',
    'starts_at', tests.at('09:00'), 'ends_at', tests.at('10:00'), 'buffer_before', '00:00:00', 'buffer_after', '00:00:00', 'units', 1, 'unit', null, 'title', 'Stand-up', 'notes', 'bring tea',
    'owner_id', tests.id('member'), 'priority', 2, 'version', 1, 'expires_at', null, 'status_reason', 'why', 'series_id', null,
    'original_starts_at', null, 'bundle_id', null, 'waitlist_entry_id', null, 'source_module', 'crm', 'source_id', '7', 'payment_status', null, 'amount_due', null, 'currency', null, 'is_late', false, 'moved_at', null,
    'metadata', '{"a": null}'::jsonb), 'answers with the whole reservation')
  from made;
select results_eq('table made', 'select * from api.reservations', 'which is what its owner then reads');
select is(tests.claims('a'), '{room 1 09:00-10:00}', 'and it takes its time');

select isnt((api.create_reservation(tests.id('room'), tests.at('10:00'), tests.at('11:00'))).id, null, 'a neighbour does not conflict; an id is made');
select is(r.status::text || tests.claims('t')::text, 'tentative{}', 'a tentative one overlaps, and takes no time')
  from api.create_reservation(tests.id('room'), tests.at('09:00'), tests.at('10:00'), 'tentative', id => tests.id('t')) r;
select is(r.status::text || tests.claims('p')::text, 'pending{}', 'where approval is required it waits as pending')
  from api.create_reservation(tests.id('stage'), tests.at('09:00'), tests.at('10:00'), id => tests.id('p')) r;
select is((api.create_reservation(tests.id('room'), tests.at('07:00'), tests.at('08:00:01'))).status::text, 'confirmed', 'begun but not over: a walk-in');
select lives_ok($$ select api.create_reservation(tests.id('desks'), tests.at('09:00'), tests.at('10:00'), units => 3, id => tests.id('d')) $$,
  'a pool gives as many units as asked for');
select is(cardinality(tests.claims('d')), 3, 'each with a claim');
select is((api.create_reservation(tests.id('desks'), tests.at('10:00'), tests.at('11:00'), unit => 2)).unit, 2, 'or the one pinned');
select is((api.create_reservation(tests.id('studio'), '9999-12-31 22:00+00', '9999-12-31 23:00+00')).status::text, 'confirmed', 'until the end of RFC 3339''s years');

-- For a while
select is(array[r.status::text, r.expires_at::text, r.version::text], array['held', tests.at('08:30')::text, '1'], 'a held one lasts 30 minutes')
  from api.create_reservation(tests.id('studio'), tests.at('20:00'), tests.at('21:00'), 'held', id => tests.id('h')) r;
select is(tests.claims('h')::text || tests.events('h')::text, '{"studio 1 20:00-21:00"}{reservation.held}', 'and takes its time');
select is(array[r.status::text, r.expires_at::text], array['pencilled', tests.at('08:00', 2)::text], 'a pencilled one 48 hours')
  from api.create_reservation(tests.id('studio'), tests.at('21:00'), tests.at('22:00'), 'pencilled', id => tests.id('pc')) r;
select is(tests.claims('pc')::text || tests.events('pc')::text, '{"studio 1 21:00-22:00"}{reservation.pencilled}', 'and takes its time');
select is((api.create_reservation(tests.id('studio'), tests.at('22:00'), tests.at('23:00'), 'pencilled', pencil_ttl => ttl)).expires_at - booking.now(), ttl, 'or as long as asked for: ' || ttl)
  from (values (interval '24 hours')) t (ttl);
select is((api.create_reservation(tests.id('stage'), tests.at('20:00'), tests.at('21:00'), status)).status::text, status, 'where approval is required, ' || status || ' is what it says')
  from (values ('held')) t (status);
select tests.be_dba();
select tests.rule('desks', '{"hold_ttl": "5 minutes", "pencil_ttl": "2 hours"}');
select tests.be('member');
select is(array[(api.create_reservation(tests.id('desks'), tests.at('20:00'), tests.at('21:00'), 'held')).expires_at, (api.create_reservation(tests.id('desks'), tests.at('20:00'), tests.at('21:00'), 'pencilled')).expires_at],
  array[tests.at('08:05'), tests.at('10:00')], 'by the rules of the resource');

-- Refusals
select tests.be_dba();
select tests.rule('room', '{"max_priority": 2}');
select tests.reserve('hers', 'studio', '09:00', '10:00', owner => 'colleague');
create temp table before as select tests.digest();
create temp table refusals (call text, code text, slug text, who text default 'member');
insert into refusals (call, code, slug) values
  ($$'room', '09:00', '10:00'$$, 'PT409', 'slot_taken'),
  ($$'room', '09:59:59.999999', '10:30'$$, 'PT409', 'slot_taken'),
  ($$'room', '08:30', '12:00'$$, 'PT409', 'slot_taken'),
  ($$'room', '09:15', '09:16'$$, 'PT409', 'slot_taken'),
  ($$'desks', '09:30', '09:45'$$, 'PT409', 'slot_taken'),
  ($$'desks', '10:00', '10:30', unit => 2$$, 'PT409', 'slot_taken'),
  ($$'room', '12:00', '13:00', id => tests.id('a')$$, 'PT409', 'duplicate_id'),
  ($$'room', '12:00', '12:00'$$, 'PT400', 'invalid_time_range'),
  ($$'room', '12:00', '11:00'$$, 'PT400', 'invalid_time_range'),
  ($$'room', null, '11:00'$$, 'PT400', 'invalid_time_range'),
  ($$'room', '12:00', null$$, 'PT400', 'invalid_time_range'),
  ($$'room', '12:00', timestamptz 'infinity'$$, 'PT400', 'invalid_time_range'),
  ($$'room', timestamptz '-infinity', '12:00'$$, 'PT400', 'invalid_time_range'),
  ($$'room', timestamptz '0001-12-31 BC', '12:00'$$, 'PT400', 'invalid_time_range'),
  ($$'room', '12:00', timestamptz '10000-01-01 00:00+00'$$, 'PT400', 'invalid_time_range'),
  ($$'room', '06:00', '08:00'$$, 'PT422', 'too_soon'),
  ($$'nowhere', '12:00', '13:00'$$, 'PT404', 'not_found'),
  ($$'theirs', '12:00', '13:00'$$, 'PT404', 'not_found'),
  ($$null, '12:00', '13:00'$$, 'PT404', 'not_found'),
  ($$'closed', '12:00', '13:00'$$, 'PT422', 'resource_inactive'),
  ($$'room', '12:00', '13:00', units => 2$$, 'PT422', 'too_many_units'),
  ($$'desks', '12:00', '13:00', units => 4$$, 'PT422', 'too_many_units'),
  ($$'room', '12:00', '13:00', units => 0$$, 'PT400', 'invalid_argument'),
  ($$'room', '12:00', '13:00', units => -1$$, 'PT400', 'invalid_argument'),
  ($$'room', '12:00', '13:00', units => null$$, 'PT400', 'invalid_argument'),
  ($$'desks', '12:00', '13:00', unit => 0$$, 'PT400', 'invalid_argument'),
  ($$'desks', '12:00', '13:00', unit => 4$$, 'PT400', 'invalid_argument'),
  ($$'desks', '12:00', '13:00', unit => 1, units => 2$$, 'PT400', 'invalid_argument'),
  ($$'room', '12:00', '13:00', status => 'pending'$$, 'PT400', 'invalid_argument'),
  ($$'room', '12:00', '13:00', status => 'cancelled'$$, 'PT400', 'invalid_argument'),
  ($$'room', '12:00', '13:00', status => 'nonsense'$$, 'PT400', 'invalid_argument'),
  ($$'room', '12:00', '13:00', status => null$$, 'PT400', 'invalid_argument'),
  ($$'room', '12:00', '13:00', status => 'Held'$$, 'PT400', 'invalid_argument'),
  ($$'room', '12:00', '13:00', status => 'checked_in'$$, 'PT400', 'invalid_argument'),
  ($$'room', '12:00', '13:00', status => 'expired'$$, 'PT400', 'invalid_argument'),
  ($$'room', '12:00', '13:00', pencil_ttl => '30 hours'$$, 'PT400', 'invalid_argument'),
  ($$'room', '12:00', '13:00', 'held', pencil_ttl => '30 hours'$$, 'PT400', 'invalid_argument'),
  ($$'room', '12:00', '13:00', 'tentative', pencil_ttl => '30 hours'$$, 'PT400', 'invalid_argument'),
  ($$'room', '12:00', '13:00', 'pencilled', pencil_ttl => '24 hours -0.000001 seconds'$$, 'PT400', 'invalid_argument'),
  ($$'room', '12:00', '13:00', 'pencilled', pencil_ttl => '48 hours 0.000001 seconds'$$, 'PT400', 'invalid_argument'),
  ($$'room', '12:00', '13:00', 'pencilled', pencil_ttl => '0'$$, 'PT400', 'invalid_argument'),
  ($$'room', '12:00', '13:00', 'pencilled', pencil_ttl => '-1 day'$$, 'PT400', 'invalid_argument'),
  ($$'room', '09:00', '10:00', 'held'$$, 'PT409', 'slot_taken'),
  ($$'room', '09:00', '10:00', 'pencilled'$$, 'PT409', 'slot_taken'),
  ($$'studio', '20:30', '20:45'$$, 'PT409', 'slot_taken'),
  ($$'room', '12:00', '13:00', priority => 3$$, 'PT403', 'forbidden'),
  ($$'room', '12:00', '13:00', title => repeat('x', 501)$$, 'PT400', 'invalid_argument'),
  ($$'room', '12:00', '13:00', notes => repeat('x', 10001)$$, 'PT400', 'invalid_argument'),
  ($$'room', '12:00', '13:00', reason => repeat('x', 1001)$$, 'PT400', 'invalid_argument'),
  ($$'room', '12:00', '13:00', metadata => '[]'$$, 'PT400', 'invalid_argument'),
  ($$'room', '12:00', '13:00', metadata => 'null'$$, 'PT400', 'invalid_argument'),
  ($$'room', '12:00', '13:00', metadata => (repeat('{"a":', 33) || '{}' || repeat('}', 33))::jsonb$$, 'PT400', 'invalid_argument'),
  ($$'room', '12:00', '13:00', metadata => jsonb_build_object('x', repeat('x', 16384))$$, 'PT400', 'invalid_argument'),
  ($$'room', '12:00', '13:00', owner_id => tests.id('colleague')$$, 'PT403', 'forbidden'),
  ($$'room', '12:00', '13:00', owner_id => tests.id('stranger')$$, 'PT403', 'forbidden'),
  ($$'room', '12:00', '13:00', override => true, reason => 'why'$$, 'PT403', 'forbidden');
insert into refusals values
  ($$'room', '12:00', '13:00', owner_id => tests.id('colleague')$$, 'PT403', 'forbidden', 'approver'),
  ($$'room', '12:00', '13:00', override => true, reason => 'why'$$, 'PT403', 'forbidden', 'approver'),
  ($$'room', '12:00', '13:00', owner_id => tests.id('stranger')$$, 'PT404', 'not_found', 'manager'),
  ($$'room', '12:00', '13:00', owner_id => tests.id('nobody')$$, 'PT404', 'not_found', 'manager'),
  ($$'room', '12:00', '13:00', override => true$$, 'PT400', 'invalid_argument', 'manager'),
  ($$'room', '12:00', '13:00', override => true, reason => ' '$$, 'PT400', 'invalid_argument', 'manager'),
  ($$'room', '12:00', '13:00', 'pencilled', pencil_ttl => '0', override => true, reason => 'why'$$, 'PT400', 'invalid_argument', 'manager'),
  ($$'room', '12:00', '13:00', 'pencilled', pencil_ttl => '300000 years', override => true, reason => 'why'$$, 'PT400', 'invalid_argument', 'manager'),
  ($$'room', '12:00', '13:00', 'pencilled', pencil_ttl => '72 hours'$$, 'PT400', 'invalid_argument', 'manager'),
  -- An override skips rules, never the constraint.
  ($$'room', '09:00', '10:00', override => true, reason => 'why'$$, 'PT409', 'slot_taken', 'admin'),
  ($$'desks', '12:00', '13:00', units => 4, override => true, reason => 'why'$$, 'PT422', 'too_many_units', 'admin'),
  ($$'room', '12:00', '11:00', override => true, reason => 'why'$$, 'PT400', 'invalid_time_range', 'admin');
grant select on refusals, before to public;
-- 'room', '09:00' stand for tests.id('room'), tests.at('09:00').
update refusals set call = regexp_replace(regexp_replace(call, '''(\d\d:[\d:.]+)''', 'tests.at(\&)', 'g'), '^(\w+|''\w+'')', 'tests.id(\1)');
select throws_ok(format('select tests.be(%L), api.create_reservation(%s)', who, call), code, slug, format('%s for %s: %s', slug, who, left(call, 120)))
  from refusals;
select is(tests.digest(), digest, 'none of which changed anything') from before;

-- What a refusal says
select tests.be('member');
select is(tests.answer($$ select api.create_reservation(tests.id('room'), tests.at('09:30'), tests.at('10:30')) $$), jsonb_build_object(
    'code', 'PT409', 'message', 'slot_taken', 'hint', 'room is booked 09:00–10:00; next free at 11:00.',
    'details', jsonb_build_object('next_free_at', tests.at('11:00'), 'conflicts', jsonb_build_array(
      jsonb_build_object('resource_id', tests.id('room'), 'starts_at', tests.at('09:00'), 'ends_at', tests.at('10:00'), 'kind', 'reservation',
                         'reservation_id', tests.id('a'), 'title', 'Stand-up'),
      jsonb_build_object('resource_id', tests.id('room'), 'starts_at', tests.at('10:00'), 'ends_at', tests.at('11:00'), 'kind', 'reservation',
                         'reservation_id', (select id from api.reservations where resource_id = tests.id('room') and starts_at = tests.at('10:00')), 'title', '')))),
  'slot_taken tells what is in the way and when it is not');
select is(tests.details($$ select api.create_reservation(tests.id('studio'), tests.at('09:30'), tests.at('10:30')) $$) #> '{conflicts,0}',
  jsonb_build_object('resource_id', tests.id('studio'), 'starts_at', tests.at('09:00'), 'ends_at', tests.at('10:00'), 'kind', 'reservation'),
  'but not whose or what it is, where that is not one''s own');
select is(tests.details($$ select api.create_reservation(tests.id('desks'), tests.at('12:00'), tests.at('13:00'), units => 4) $$),
  '{"limit": 3, "units": 4, "violations": [{"code": "too_many_units", "limit": 3, "units": 4, "hint": "desks has 3 units; ask for no more."}]}', 'too_many_units tells the limit');
select is(tests.details($$ select api.create_reservation(tests.id('room'), tests.at('12:00'), tests.at('13:00'), id => tests.id('a')) $$),
  jsonb_build_object('id', tests.id('a')), 'duplicate_id tells which');

-- Managers
select tests.be('manager');
select is((api.create_reservation(tests.id('room'), tests.at('13:00'), tests.at('14:00'), owner_id => tests.id('colleague'))).owner_id,
  tests.id('colleague'), 'a manager books for others');
select is((api.create_reservation(tests.id('room'), tests.at('06:00'), tests.at('07:00'), override => true, reason => 'forgotten')).status_reason,
  'forgotten', 'enters what is over');
select is((api.create_reservation(tests.id('closed'), tests.at('13:00'), tests.at('14:00'), override => true, reason => 'VIP')).status::text,
  'confirmed', 'books what is closed');
select is((api.create_reservation(tests.id('stage'), tests.at('13:00'), tests.at('14:00'), override => true, reason => 'VIP', id => tests.id('o'))).status::text,
  'confirmed', 'skips approval');
select is(booking.event_data(tests.last_event('o')) ->> 'override', 'true', 'and the event says override');
select is((api.create_reservation(tests.id('stage'), tests.at('15:00'), tests.at('16:00'))).status::text, 'pending', 'which nobody does unasked');
select is((api.create_reservation(tests.id('room'), tests.at('20:00'), tests.at('21:00'), 'pencilled', pencil_ttl => '72 hours', override => true, reason => 'VIP')).expires_at,
  tests.at('08:00', 3), 'pencils in for longer than the rules');
select is((api.create_reservation(tests.id('room'), tests.at('21:00'), tests.at('22:00'), priority => 3)).priority, 3, 'gives any priority');

select tests.be('member');
select is((api.create_reservation(tests.id('stage'), tests.at('17:00'), tests.at('18:00'), override => null)).status::text, 'pending',
  'override null is no override');

select * from finish();
rollback;
