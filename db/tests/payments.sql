-- What costs something is held until it is paid for, waived, or its time runs out; and what is paid is had, or given back.
begin;
select no_plan();
select tests.world();
update booking.resources set price_amount = 30, price_currency = 'ZAR', price_per = 'hour' where id in (tests.id('room'), tests.id('desks'), tests.id('stage'));
update booking.resources set price_amount = 100, price_currency = 'ZAR', price_per = 'day' where id = tests.id('studio');
update booking.resources set price_amount = 1, price_currency = 'EUR', price_per = 'booking' where id = tests.id('closed');
update booking.resources set is_active = true, price_per = 'booking' where id = tests.id('closed');

create function pg_temp.shows(name text) returns text language sql security definer
as $$ select concat_ws(' ', status, payment_status, amount_due, currency) from booking.reservations where id = tests.id(name) $$;
create function pg_temp.book(who text, name text, resource text, starts text, ends text, status text default 'confirmed', units integer default 1, override boolean default false) returns text language plpgsql
as $$
begin
  perform tests.be(who);
  perform api.create_reservation(tests.id(resource), tests.at(starts), tests.at(ends), status, name, units => units, id => tests.id(name), override => override, reason => case when override then 'why' end);
  return pg_temp.shows(name);
end
$$;
-- The payment of a reservation that is under way, or else that has come furthest
create function pg_temp.payment(name text) returns booking.payments language sql security definer
as $$ select p.* from booking.payments p join booking.payment_items i on i.payment_id = p.id where i.reservation_id = tests.id(name) order by array_position('{pending, succeeded, refund_due, refunded, failed}', p.status) limit 1 $$;
create function pg_temp.pay(name text, reference text, outcome text default 'succeeded', amount numeric default null) returns text language plpgsql
as $$
declare
  v_payment booking.payments := pg_temp.payment(name);
  v_misfit text;
begin
  perform tests.become('berth_gateway', null);
  v_misfit := booking.settle_payment(v_payment.tenant_id, null, 'payfast', v_payment.id, reference, outcome, coalesce(amount, v_payment.amount), 'ZAR');
  perform tests.be_dba();
  return coalesce(v_misfit, concat_ws(' ', (pg_temp.payment(name)).status, nullif((pg_temp.payment(name)).refund_amount, 0), (pg_temp.payment(name)).status_reason));
end
$$;

-- What it costs, and what becomes of it, is settled when it is made
select is(pg_temp.book(who, name, resource, starts, ends, status, units, override), shows, format('%s books %s as %s: %s', who, resource, status, shows))
  from (values
    ('member', 'a', 'room', '09:00', '10:30', 'confirmed', 1, false, 'held unpaid 45.00 ZAR'),
    ('member', 'b', 'room', '11:00', '12:00', 'held', 1, false, 'held unpaid 30.00 ZAR'),
    ('member', 'c', 'room', '12:00', '13:00', 'pencilled', 1, false, 'pencilled unpaid 30.00 ZAR'),
    ('member', 'd', 'room', '13:00', '13:20', 'tentative', 1, false, 'tentative unpaid 10.00 ZAR'),
    ('member', 'e', 'desks', '09:00', '10:00', 'confirmed', 3, false, 'held unpaid 90.00 ZAR'),
    ('member', 'f', 'studio', '09:00', '10:00', 'confirmed', 1, false, 'held unpaid 100.00 ZAR'),
    ('member', 'g', 'stage', '09:00', '10:00', 'confirmed', 1, false, 'pending quoted 30.00 ZAR'),
    ('member', 'h', 'stage', '10:00', '11:00', 'held', 1, false, 'held quoted 30.00 ZAR'),
    ('manager', 'i', 'room', '14:00', '15:00', 'confirmed', 1, false, 'held unpaid 30.00 ZAR'),
    ('manager', 'j', 'room', '15:00', '16:00', 'confirmed', 1, true, 'confirmed waived 30.00 ZAR'),
    ('manager', 'k', 'stage', '15:00', '16:00', 'confirmed', 1, true, 'confirmed waived 30.00 ZAR'),
    ('manager', 'l', 'room', '16:00', '17:00', 'held', 1, true, 'held unpaid 30.00 ZAR'),
    ('member', 'euro', 'closed', '09:00', '17:00', 'confirmed', 1, false, 'held unpaid 1.00 EUR')
  ) as bookings (who, name, resource, starts, ends, status, units, override, shows);
select tests.be_dba();
update booking.resources set price_amount = 0 where id = tests.id('closed');
select is(pg_temp.book('member', 'free', 'closed', '18:00', '19:00'), 'confirmed', 'what costs nothing is had at once');
select tests.be_dba();
update booking.resources set price_amount = 0.01, price_per = 'hour' where id = tests.id('closed');
select is(pg_temp.book('member', 'cheap', 'closed', '19:00', '19:20'), 'held unpaid 0.01 EUR', 'what is less than half a cent costs one');
select is(pg_temp.book('member', 'blink', 'closed', '19:21', '19:21:00.2'), 'held unpaid 0.01 EUR', 'as does the shortest');
select is(pg_temp.book('member', 'half', 'closed', '19:30', '20:00'), 'held unpaid 0.01 EUR', 'half a cent is one');
select tests.be_dba();
select is(booking.price_of(jsonb_populate_record(null::booking.resources, jsonb_build_object('price_amount', amount, 'price_currency', currency, 'price_per', per, 'timezone', 'UTC')), tests.at('09:00'), tests.at(ends), 1)::text, price,
          format('%s %s a %s until %s: %s', amount, currency, per, ends, price))
  from (values
    (30, 'ZAR', 'hour', '09:00:00.2', '0.01'), (0.01, 'ZAR', 'hour', '09:00:00.2', '0.01'), (30, 'ZAR', 'hour', '09:20', '10.00'), (0, 'ZAR', 'hour', '10:00', null), (null, 'ZAR', 'hour', '10:00', null),
    (1000, 'JPY', 'hour', '09:00:00.2', '1'), (1000, 'JPY', 'hour', '09:20', '333'), (0.4, 'JPY', 'booking', '10:00', '1'), (1000.5, 'JPY', 'day', '10:00', '1001'), (1, 'KWD', 'hour', '09:00:00.2', '0.01')
  ) as prices (amount, currency, per, ends, price);
-- Clocks in Cairo go from 00:00 to 01:00 at the beginning of the 30th: the 29th is one day, and so is what is left of the 30th.
select is(booking.price_of(jsonb_populate_record(null::booking.resources, '{"price_amount": 10, "price_per": "day", "timezone": "Africa/Cairo"}'), starts_at, ends_at, 1), price::numeric,
          format('by the day in Cairo, from %s until %s: %s', starts_at, ends_at, price))
  from (values
    (timestamptz '2027-04-29 00:00+02', timestamptz '2027-04-30 01:00+03', 10), ('2027-04-30 01:00+03', '2027-05-01 00:00+03', 10),
    ('2027-04-29 00:00+02', '2027-05-01 00:00+03', 20), ('2027-04-29 00:00+02', '2027-04-30 01:01+03', 20), ('2027-04-30 01:00+03', '2027-05-01 00:01+03', 20)
  ) as days (starts_at, ends_at, price);
select is((tests.reservation('a')).expires_at, tests.at('08:30'), 'it is held for hold_ttl');
select tests.be_dba();
update booking.resources set price_amount = 40 where id = tests.id('room');
select is(pg_temp.shows('a'), 'held unpaid 45.00 ZAR', 'a new price is none of theirs who have booked');
update booking.resources set price_amount = 30 where id = tests.id('room');
select throws_ok($$ update booking.resources set price_currency = null where id = tests.id('room') $$, '23514', null, 'no price without its currency');
select throws_ok($$ update booking.resources set price_per = null where id = tests.id('room') $$, '23514', null, 'nor without what it is for');

-- Nothing unpaid is made firm, by any function
create temp table before as select tests.digest();
select is(tests.answer(format('select tests.be(%L), api.%s', who, call)) ->> 'message', slug, format('%s: %s: %s', who, call, coalesce(slug, 'as they wish')))
  from (values
    ('member', $$confirm_reservation(tests.id('a'))$$, 'payment_required'), ('member', $$confirm_reservation(tests.id('c'))$$, 'payment_required'), ('member', $$confirm_reservation(tests.id('d'))$$, 'payment_required'),
    ('manager', $$confirm_reservation(tests.id('a'))$$, 'payment_required'), ('member', $$confirm_reservation(tests.id('a'), override => true, reason => 'x')$$, 'forbidden'), ('manager', $$confirm_reservation(tests.id('a'), override => true)$$, 'invalid_argument'),
    ('manager', $$confirm_reservation(tests.id('a'), override => true, reason => 'paid cash')$$, null), ('member', $$extend_hold(tests.id('a'))$$, null), ('member', $$cancel_reservation(tests.id('a'))$$, null), ('approver', $$confirm_reservation(tests.id('a'))$$, 'forbidden'),
    ('stranger', $$confirm_reservation(tests.id('a'))$$, 'not_found'), ('colleague', $$start_payment(tests.id('a'))$$, 'not_found'), ('approver', $$start_payment(tests.id('a'))$$, 'forbidden'), ('manager', $$start_payment(tests.id('a'))$$, null),
    ('member', $$start_payment()$$, 'invalid_argument'), ('member', $$start_payment(tests.id('a'), provider => 'No Such')$$, 'invalid_argument'), ('member', $$start_payment(tests.id('a'), provider => null)$$, 'invalid_argument'),
    ('member', $$start_payment(tests.id('a'), currency => 'USD')$$, 'invalid_argument'), ('member', $$start_payment(tests.id('euro'), currency => 'ZAR')$$, 'invalid_argument'), ('member', $$start_payment(tests.id('euro'))$$, null),
    ('member', $$start_payment(tests.id('g'))$$, 'invalid_transition'), ('member', $$start_payment(tests.id('h'))$$, 'invalid_transition'), ('member', $$start_payment(tests.id('free'))$$, 'invalid_transition'), ('manager', $$start_payment(tests.id('j'))$$, 'invalid_transition'),
    ('member', $$start_payment(tests.id('a'), bundle_id => tests.id('none'))$$, 'not_found'), ('member', $$start_payment(tests.id('a'), series_id => tests.id('none'))$$, 'not_found')
  ) as calls (who, call, slug);
select tests.be_nobody();
select throws_ok($$ select api.start_payment(tests.id('a')) $$, '42501', null, 'nobody pays for nothing');
select tests.be('admin');
select throws_ok(format('select booking.%s', call), '42501', null, 'only the gateway says what a provider says: ' || call)
  from unnest(array[$$settle_payment(tests.id('acme'), null, 'payfast', tests.id('x'), 'r', 'succeeded', 1, 'ZAR')$$, $$store_notification('payfast', tests.id('acme'), null, null, '')$$, $$reject_notification(tests.id('acme'), tests.id('x'), 'x')$$]) call;
select throws_ok('select * from booking.payment_notifications', '42501', null, 'nor does anybody read what came');
select tests.become('berth_gateway', null);
select throws_ok('select * from booking.' || name, '42501', null, 'the gateway reads no table of them: ' || name) from unnest('{payments, payment_items, payment_notifications}'::text[]) name;
select tests.be_dba();
select is(tests.digest(), digest, 'none of which changed anything') from before;

-- A manager may do without
select tests.be('manager');
select lives_ok($$ select api.confirm_reservation(tests.id('l'), override => true, reason => 'paid cash') $$, 'a manager confirms it');
select is(pg_temp.shows('l'), 'confirmed waived 30.00 ZAR', 'and asks for nothing');

-- A checkout
select tests.be('member');
create temp table begun as select * from api.start_payment(tests.id('a'), currency => 'ZAR');
select is(array[status, amount::text, currency, description, reservation_ids::text], array['pending', '45.00', 'ZAR', 'room, 2030-01-07 09:00', format('{%s}', tests.id('a'))], 'a payment begins') from begun;
select results_eq('select * from api.start_payment(tests.id(''a''))', 'table begun', 'begun again, it is the same');
select results_eq('select * from api.payments', 'table begun', 'they see it');
select lives_ok($$ select api.start_payment(tests.id('d')) $$, 'a tentative one');
select is(pg_temp.shows('d'), 'held unpaid 10.00 ZAR', 'is held from then on');
create function pg_temp.seen_by(who text) returns bigint language plpgsql as $$ begin perform tests.be(who); return (select count(*) from api.payments); end $$;
select is(pg_temp.seen_by(who), n::bigint, format('%s sees %s', who, n)) from (values ('colleague', 0), ('approver', 0), ('manager', 2), ('admin', 2), ('stranger', 0)) as seers (who, n);
select is(pg_temp.pay('a', 'r1', 'succeeded', 44.99), 'amount', 'for another amount: no');
select is(pg_temp.pay('a', 'r1', 'failed'), 'failed', 'it fails');
select tests.be('member');
select isnt((api.start_payment(tests.id('a'))).id, (select id from begun), 'they begin another');
select is(pg_temp.pay('a', 'r1'), 'reference', 'which is not that one');
select is(pg_temp.pay('a', 'r2'), 'succeeded', 'and it succeeds');
select is(pg_temp.pay('a', 'r2'), 'succeeded', 'once');
select is(pg_temp.pay('a', 'r2', 'failed'), 'succeeded', 'for good');
select is(pg_temp.shows('a'), 'confirmed paid 45.00 ZAR', 'it is theirs');
select is(array(select type from booking.events where type like 'payment.%' order by seq), '{payment.failed, payment.succeeded}', 'each an event');
select is(booking.event_data(e) #> '{payment,reservation_ids}', to_jsonb(array[tests.id('a')]), 'that says what for') from booking.events e where type = 'payment.succeeded';
select is(owner_id, tests.id('member'), 'and is told to who paid') from booking.events e where type = 'payment.succeeded';
select ok(actor_id is null, 'nobody did it') from booking.events e where type = 'payment.succeeded';
select is(booking.settle_payment(tests.id('globex'), null, 'payfast', (pg_temp.payment('a')).id, 'r9', 'succeeded', 45, 'ZAR'), 'payment', 'in another tenant there is no such payment');

-- Approval first, then the payment
select tests.be('approver');
select lives_ok($$ select api.approve_reservation(tests.id('g')) $$, 'approved,');
select is(pg_temp.shows('g'), 'held unpaid 30.00 ZAR', 'it is to be paid');
select is((tests.reservation('g')).expires_at, tests.at('08:00', 2), 'within pencil_ttl');
select tests.be('member');
select is(tests.answer($$ select api.confirm_reservation(tests.id('g')) $$) ->> 'message', 'payment_required', 'and not asked for once more');
select is((api.confirm_reservation(tests.id('h'))).status::text, 'pending', 'a hold is submitted first');
select is((api.reschedule_reservation(tests.id('g'), tests.at('11:00'), tests.at('13:00'))).payment_status, 'quoted', 'moved past the approver,');
select is(pg_temp.shows('g'), 'held quoted 60.00 ZAR', 'it is to be approved anew, at its new price');
select is((api.confirm_reservation(tests.id('g'))).status::text, 'pending', 'so they ask');
select tests.be('approver');
select lives_ok($$ select api.approve_reservation(tests.id('g')) $$, 'and it is approved again');
select tests.be('member');
select lives_ok($$ select api.start_payment(tests.id('g')) $$, 'to be paid');
select is(pg_temp.pay('g', 'r3'), 'succeeded', 'and paid');
select is(pg_temp.shows('g'), 'confirmed paid 60.00 ZAR', 'confirmed');

-- Bundles that are partly approved
select tests.be('member');
create temp table bundle as select (api.create_bundle(jsonb_build_array(
  jsonb_build_object('resource_id', tests.id('room'), 'id', tests.id('x1'), 'starts_at', tests.at('19:00'), 'ends_at', tests.at('20:00')),
  jsonb_build_object('resource_id', tests.id('stage'), 'id', tests.id('x2'), 'starts_at', tests.at('19:00'), 'ends_at', tests.at('20:00')))) ->> 'bundle_id')::uuid as id;
select tests.be('approver');
select lives_ok('select api.approve_bundle((select id from bundle))', 'what is to be approved is');
select is(array[pg_temp.shows('x1'), pg_temp.shows('x2')], '{held unpaid 30.00 ZAR, held unpaid 30.00 ZAR}', 'and all is to be paid');
select tests.be('member');
select is(amount, 60.00, 'as one') from api.start_payment(bundle_id => (select id from bundle));
select is(pg_temp.pay('x1', 'r4'), 'succeeded', 'which it is');
select is(array[pg_temp.shows('x1'), pg_temp.shows('x2')], '{confirmed paid 30.00 ZAR, confirmed paid 30.00 ZAR}', 'both are theirs');

-- Given back
select tests.be('member');
select is((api.cancel_reservation(tests.id('x2'))).payment_status, 'paid', 'one of them is cancelled');
select tests.be_dba();
select is(concat_ws(' ', p.status, p.refund_amount, p.status_reason), 'refund_due 30.00 cancelled', 'its price is owed') from pg_temp.payment('x1') p;
select is((tests.last_event('x2')).type, 'reservation.cancelled', 'one event of it');
select is((select count(*) from booking.events where type = 'payment.refund_due'), 1::bigint, 'and one of the payment');
select tests.be('approver');
select is(tests.answer(format('select api.record_refund(%L)', (pg_temp.payment('x1')).id)) ->> 'message', 'forbidden', 'an approver gives nothing back');
select tests.be('manager');
select is(array[r.status, r.refund_amount::text, r.status_reason], '{refunded, 0, by EFT}', 'a manager does') from api.record_refund((pg_temp.payment('x1')).id, 'by EFT') r;
select is(tests.answer(format('select api.record_refund(%L)', (pg_temp.payment('x1')).id)) ->> 'message', 'invalid_transition', 'once');
select is((api.cancel_reservation(tests.id('x1'))).status::text, 'cancelled', 'the other is cancelled later');
select tests.be_dba();
select is(concat_ws(' ', p.status, p.refund_amount), 'refund_due 30.00', 'and owed then') from pg_temp.payment('x1') p;
select tests.rule('studio', '{"cancel_cutoff": "2 days"}');
select tests.be('member');
select lives_ok($$ select api.start_payment(tests.id('f')) $$, 'what is paid,');
select is(pg_temp.pay('f', 'r5'), 'succeeded', 'and cannot be given back any more,');
select tests.be('manager');
select is((api.cancel_reservation(tests.id('f'), 'late', override => true)).is_late, true, 'is cancelled all the same');
select is((pg_temp.payment('f')).status, 'succeeded', 'and not owed');

-- Moved
select tests.be('member');
select is(pg_temp.shows('b'), 'held unpaid 30.00 ZAR', 'what is not paid,');
select lives_ok($$ select api.reschedule_reservation(tests.id('b'), tests.at('10:30'), tests.at('12:00')) $$, 'moved,');
select is(pg_temp.shows('b'), 'held unpaid 45.00 ZAR', 'costs what it costs there');
select lives_ok($$ select api.start_payment(tests.id('b')) $$, 'a checkout has begun');
select lives_ok($$ select api.reschedule_reservation(tests.id('b'), tests.at('11:00'), tests.at('11:30')) $$, 'when it moves again');
select is(pg_temp.pay('b', 'r6'), 'refund_due 45.00 price_changed', 'what was asked before buys nothing');
select tests.be('member');
select lives_ok($$ select api.start_payment(tests.id('b')) $$, 'asked anew,');
select is(pg_temp.pay('b', 'r7'), 'succeeded', 'it does');
select tests.be('member');
select is(tests.answer($$ select api.reschedule_reservation(tests.id('b'), tests.at('11:00'), tests.at('12:00')) $$) ->> 'message', 'payment_required', 'what is paid does not become dearer');
select is(tests.answer($$ select api.reschedule_reservation(tests.id('b'), tests.at('11:00'), tests.at('11:20')) $$), '{"rows": 1}', 'but may become cheaper');
select is(tests.answer($$ select api.reschedule_reservation(tests.id('b'), tests.at('21:00'), tests.at('21:30')) $$), '{"rows": 1}', 'or cost the same');
select is(tests.answer($$ select api.reschedule_reservation(tests.id('b'), tests.at('21:00'), tests.at('21:30'), tests.id('closed')) $$) ->> 'message', 'payment_required', 'but not in another currency');
select is(tests.answer($$ select api.reschedule_reservation(tests.id('free'), tests.at('21:00'), tests.at('21:30'), tests.id('room')) $$) ->> 'message', 'payment_required', 'nor does what was free');
select tests.be_dba();
update booking.resources set price_amount = 900 where id in (tests.id('room'), tests.id('closed'));
select tests.be('member');
select is(tests.answer($$ select api.reschedule_reservation(tests.id('b'), tests.at('21:00'), tests.at('21:30')) $$), '{"rows": 1}', 'nor do new prices hold fast what is booked,');
select is(tests.answer($$ select api.reschedule_reservation(tests.id('free'), tests.at('22:00'), tests.at('23:00')) $$), '{"rows": 1}', 'though it was free,');
select is(tests.answer($$ select api.reschedule_reservation(tests.id('free'), tests.at('22:00'), tests.at('23:01')) $$) ->> 'message', 'payment_required', 'if it grows no dearer');
select tests.be_dba();
update booking.resources set price_amount = 30 where id = tests.id('room');
select tests.be('manager');
select is((api.reschedule_reservation(tests.id('b'), tests.at('11:00'), tests.at('12:00'), override => true, reason => 'a gift')).amount_due, 15.00, 'a manager may give it away');

-- Offers of the waitlist are accepted by being paid
select is(pg_temp.book('member', 'first', 'desks', '15:00', '16:00', units => 3, status => 'held'), 'held unpaid 90.00 ZAR', 'all is taken');
select tests.be('colleague');
select is(status::text, 'waiting', 'somebody waits') from api.join_waitlist(tests.id('desks'), tests.at('15:00'), tests.at('16:00'), id => tests.id('entry'));
select tests.be('member');
select lives_ok($$ select api.cancel_reservation(tests.id('first')) $$, 'until it is free');
select tests.be_dba();
update booking.reservations set title = 'offer' where waitlist_entry_id = tests.id('entry');
select is(concat_ws(' ', r.status, r.payment_status, r.amount_due, r.currency), 'held unpaid 30.00 ZAR', 'and offered for its price') from booking.reservations r where title = 'offer';
select tests.be('colleague');
select is(tests.answer($$ select api.accept_offer(tests.id('entry')) $$) ->> 'message', 'payment_required', 'to be accepted by its payment');
create temp table offered as select * from api.start_payment((select id from api.reservations where title = 'offer'));
select is(amount, 30.00, 'which they begin') from offered;
select tests.be_dba();
select is(booking.settle_payment(tests.id('acme'), null, 'payfast', id, 'r8', 'succeeded', 30, 'ZAR'), null, 'and make') from offered;
select is((select status::text from booking.waitlist_entries where id = tests.id('entry')), 'accepted', 'so it is');

-- After the start
create function pg_temp.sold(name text, starts text, ends text, resource text default 'room') returns text language plpgsql
as $$
begin
  perform pg_temp.book('member', name, resource, starts, ends);
  perform tests.be('member');
  perform api.start_payment(tests.id(name));
  return pg_temp.pay(name, 'sold ' || name);
end
$$;
select is(pg_temp.sold(name, starts, ends), 'succeeded', format('%s is paid for', name))
  from (values ('used', '08:00', '08:10'), ('ends', '08:10', '08:20'), ('moved', '08:20', '08:30'), ('house', '08:30', '08:40'), ('gift', '08:40', '08:50'), ('early', '08:50', '08:55'), ('gone', '08:55', '08:59'), ('kept', '18:00', '18:30')) as sold (name, starts, ends);
select tests.clock('08:09');
select tests.be('member');
select is((api.cancel_reservation(tests.id('used'))).is_late, true, 'who has used it may still cancel it,');
select is(concat_ws(' ', p.status, p.refund_amount), 'succeeded 0', 'and is given nothing back') from pg_temp.payment('used') p;
select tests.clock('08:10');
select tests.be('member');
select lives_ok($$ select api.reschedule_reservation(tests.id('ends'), tests.at('08:10'), tests.at('08:15')) $$, 'from the first moment on it may be shortened,');
select is(concat_ws(' ', p.status, p.refund_amount), 'succeeded 0', 'for nothing back') from pg_temp.payment('ends') p;
select tests.be('manager');
select is((api.cancel_reservation(tests.id('ends'), 'asked to')).is_late, true, 'a manager cancels it for them');
select is(concat_ws(' ', p.status, p.refund_amount), 'succeeded 0', 'for nothing back') from pg_temp.payment('ends') p;
select tests.clock('08:29');
select tests.be('member');
select is(tests.answer(format('select api.%s', call)) - 'hint', '{"code": "PT409", "message": "invalid_transition"}'::jsonb || jsonb_build_object('details', jsonb_build_object('status', 'confirmed', 'action', 'reschedule', 'reservation_id', tests.id('moved'))),
          'it is not moved on to be cancelled there: ' || call)
  from unnest(array[$$reschedule_reservation(tests.id('moved'), tests.at('18:45'), tests.at('18:55'))$$, $$reschedule_reservation(tests.id('moved'), tests.at('08:29:30'), tests.at('08:30'))$$,
    $$move_reservations(jsonb_build_array(jsonb_build_object('reservation_id', tests.id('moved'), 'starts_at', tests.at('18:45'), 'ends_at', tests.at('18:55'))))$$]) call;
select is(tests.answer($$ select api.reschedule_reservation(tests.id('kept'), tests.at('18:45'), tests.at('18:55')) $$), '{"rows": 1}', 'as what is still to come may be');
select tests.be('manager');
select is(tests.answer($$ select api.reschedule_reservation(tests.id('moved'), tests.at('18:45'), tests.at('18:55')) $$) ->> 'message', 'invalid_transition', 'nor by a manager,');
select is(tests.answer($$ select api.reschedule_reservation(tests.id('moved'), tests.at('18:45'), tests.at('18:55'), override => true, reason => 'no light') $$), '{"rows": 1}', 'unless they override');
select tests.clock('08:35');
select tests.be('manager');
select lives_ok($$ select api.create_blackout(array[tests.id('room')], tests.at('08:35'), tests.at('08:36'), 'flood', on_conflict => 'cancel') $$, 'the house closes it,');
select is(concat_ws(' ', p.status, p.refund_amount), 'refund_due 5.00', 'and owes all of it') from pg_temp.payment('house') p;
select tests.clock('08:45');
select tests.be('manager');
select is((api.cancel_reservation(tests.id('gift'), 'a bad smell', override => true)).is_late, false, 'a manager who overrides');
select is(concat_ws(' ', p.status, p.refund_amount), 'refund_due 5.00', 'gives it back') from pg_temp.payment('gift') p;
select tests.clock('08:49:59');
select tests.be('member');
select lives_ok($$ select api.cancel_reservation(tests.id('early')) $$, 'before it begins');
select is(concat_ws(' ', p.status, p.refund_amount), 'refund_due 2.50', 'it is owed') from pg_temp.payment('early') p;
select tests.be_dba();
select tests.clock('08:56');
delete from booking.reservations where id = tests.id('gone');
select is(concat_ws(' ', p.status, p.refund_amount), 'succeeded 0', 'what is deleted after it began is not owed') from pg_temp.payment('gone') p;
delete from booking.reservations where id = tests.id('kept');
select is(concat_ws(' ', p.status, p.refund_amount), 'refund_due 15.00', 'what is deleted before is') from pg_temp.payment('kept') p;
update booking.reservations set status = 'no_show' where id = tests.id('moved');
select is(concat_ws(' ', p.status, p.refund_amount), 'succeeded 0', 'who does not come is given nothing back') from pg_temp.payment('moved') p;
select tests.clock('08:00');

-- Notifications are kept as they came
select tests.become('berth_gateway', null);
create temp table stored as select booking.store_notification('payfast', tests.id('acme'), null, '192.0.2.1', '\x00ff') as id;
select is(booking.store_notification('payfast', tests.id('acme'), null, '192.0.2.1', '\x00ff'), id, 'the same is the same') from stored;
select isnt(booking.store_notification('payfast', tests.id('acme'), null, source::inet, '\x00ff'), id, 'from elsewhere it is another') from stored, (values ('192.0.2.2'), (null)) as sources (source);
select isnt(booking.store_notification('payfast', tests.id('globex'), null, '192.0.2.1', '\x00ff'), id, 'as in another tenant') from stored;
-- What was held longer than its time
select tests.be_dba();
select tests.clock('08:00', 5);
update booking.resources set price_amount = 30, price_currency = 'ZAR', price_per = 'hour', is_active = true where id = tests.id('closed');
create function pg_temp.hold(name text, starts text, ends text) returns void language plpgsql as $$
begin
  perform tests.be('member');
  perform api.create_reservation(tests.id('closed'), tests.at(starts, 5), tests.at(ends, 5), 'held', id => tests.id(name));
end $$;
select pg_temp.hold('brief', '08:01', '08:10');
select pg_temp.hold('paid late', '08:10', '08:20');
select pg_temp.hold('begun', '08:20', '08:40');
select count(*) from (select api.start_payment(reservation_id => tests.id(name)) from unnest('{paid late, begun}'::text[]) name) p;
select tests.clock('08:10', 5);
select is(tests.answer($$ select api.start_payment(reservation_id => tests.id('brief')) $$) - 'details', '{"code": "PT422", "message": "too_soon", "hint": "This time has passed, so it can no longer be paid for. Choose a later one."}', 'is not paid for after it, though the hold lasts');
select tests.clock('08:25', 5);
select is(tests.answer($$ select api.start_payment(reservation_id => tests.id('begun')) $$), '{"rows": 1}', 'what has only begun is');
select is(tests.answer($$ select api.start_payment(reservation_id => tests.id('paid late')) $$) ->> 'message', 'too_soon', 'nor begun again');
select is(pg_temp.pay('paid late', 'late1'), 'refund_due 5.00 too_soon', 'paid after it, it is owed');
select is(pg_temp.shows('paid late'), 'held unpaid 5.00 ZAR', 'and not confirmed');
select is(pg_temp.pay('begun', 'late2'), 'succeeded', 'what has only begun is confirmed');
select tests.clock('08:00');

-- Nobody has decided it: the worker takes it, later and later, and no more in the end; what comes again is as new.
select tests.be_dba();
create temp table taken (n integer, minutes numeric, is_last boolean);
do $$
declare
  v_taken record;
  v_first timestamptz := booking.now();
begin
  for n in 0..9 loop
    perform set_config('booking.now', coalesce((select s.next_attempt_at from booking.payment_notifications s join stored using (id)), booking.now() + interval '9 days')::text, true);
    loop
      select t.* into v_taken from booking.take_notification('payfast') t;
      exit when not found;
      insert into taken select n, extract(epoch from booking.now() - v_first) / 60, v_taken.is_last from stored where id = v_taken.id;
    end loop;
  end loop;
end
$$;
select is(array(select n || case when is_last then ' last' else '' end from taken order by minutes), '{0,1,2,3,4,5,6,7,8 last}', 'nine times, one after the other');
select ok(min(minutes) between 5 and 5.1 and max(minutes) between 75 * 60 and 85 * 60, 'from five minutes on, for three days') from taken;
select is(booking.store_notification('payfast', tests.id('acme'), null, '192.0.2.1', '\x00ff'), id, 'it comes again') from stored;
select is(array[n.attempts::text, n.next_attempt_at::text], array['0', (booking.now() + interval '5 minutes')::text], 'and is tried again, should it come to that') from booking.payment_notifications n join stored using (id);
select tests.become('berth_gateway', null);
select lives_ok('select booking.reject_notification(tests.id(''acme''), id, ''signature'') from stored', 'it is forged');
select tests.be_dba();
select is(array[n.status, n.status_reason, n.deliveries::text, n.body::text], '{rejected, signature, 3, "\\x00ff"}', 'which is said of it') from booking.payment_notifications n, stored where n.id = stored.id;

-- What the invariants would find
select is_empty('select * from booking.verify_invariants()', 'all is in order');
create function pg_temp.violations(fault text) returns text[] language plpgsql
as $$
declare v_found text[];
begin
  set local session_replication_role = replica;
  execute fault;
  select coalesce(array_agg(distinct invariant || ' ' || coalesce(n.name, 'payment') order by invariant || ' ' || coalesce(n.name, 'payment')), '{}') into v_found
    from booking.verify_invariants() v
    left join unnest('{a,b,c,g,i,x1}'::text[]) n (name) on tests.id(n.name) = v.subject_id;
  raise exception using errcode = 'TT000';
exception
  when sqlstate 'TT000' then return v_found;
end
$$;
select is(pg_temp.violations(fault), found::text[], found || ' after:' || fault)
  from (values
    ('select', '{}'),
    ($$ update booking.reservations set payment_status = 'unpaid' where id = tests.id('a') $$, '{"13 a","13 payment"}'),
    ($$ update booking.reservations set payment_status = 'paid' where id = tests.id('i') $$, '{"13 i"}'),
    ($$ delete from booking.payment_items where reservation_id = tests.id('a') $$, '{"13 a","13 payment"}'),
    ($$ update booking.payments set refund_amount = 1, status = 'refund_due' where provider_reference = 'r2' $$, '{"13 payment"}'),
    ($$ update booking.payment_items set refund = 'due' where reservation_id = tests.id('a') $$, '{"13 a","13 payment"}'),
    ($$ update booking.payments set amount = 50 where provider_reference = 'r2' $$, '{"13 payment"}'),
    ($$ update booking.payments set version = version + 1 where provider_reference = 'r2' $$, '{"4 payment"}'),
    ($$ delete from booking.events where type = 'payment.succeeded' and subject ->> 'provider_reference' = 'r2' $$, '{"4 payment"}')
  ) as faults (fault, found);

select * from finish();
rollback;
