-- api.accept_offer: only the one to whom it is offered confirms it, while it stands.
begin;
select no_plan();
select tests.world();
select tests.rule(null, '{"offer_ttl": "1 hour"}');

-- The offer of an entry, as it is
create function pg_temp.offer(name text) returns booking.reservations language sql security definer as $$ select * from booking.reservations where waitlist_entry_id = tests.id(name) order by created_at desc, version limit 1 $$;
create function pg_temp.join(who text, name text, resource text, starts text default '12:00', ends text default '13:00', day integer default 0) returns text language plpgsql as $$
declare v_status text;
begin
  perform tests.be(who);
  select status into v_status from api.join_waitlist(tests.id(resource), tests.at(starts, day), tests.at(ends, day), id => tests.id(name), title => name);
  perform tests.be_dba();
  return v_status;
end $$;
select is(pg_temp.join('colleague', 'c', 'room') || pg_temp.join('member', 'm', 'room'), 'offeredwaiting', 'one is offered it, the next waits');
select is(pg_temp.join('colleague', 'stage', 'stage', '15:00', '16:00') || pg_temp.join('colleague', 'left', 'desks', '18:00', '19:00'), 'offeredoffered', 'more offers');
create temp table before as select tests.digest();
grant select on before to public;

-- Nobody else, by no road; and nothing but to take it, or leave it
select is(tests.answer(format('select tests.be(%L), api.%s', who, call)) ->> 'message', slug, format('%s: %s: %s', who, call, coalesce(slug, 'as they wish')))
  from (values
    ('member', $$accept_offer(tests.id('c'))$$, 'not_found'), ('approver', $$accept_offer(tests.id('c'))$$, 'not_found'), ('manager', $$accept_offer(tests.id('c'))$$, 'not_found'), ('admin', $$accept_offer(tests.id('c'))$$, 'not_found'),
    ('stranger', $$accept_offer(tests.id('c'))$$, 'not_found'), ('colleague', $$accept_offer(tests.id('none'))$$, 'not_found'), ('colleague', $$accept_offer(null)$$, 'not_found'), ('member', $$accept_offer(tests.id('m'))$$, 'invalid_transition'),
    ('colleague', $$accept_offer(tests.id('c'))$$, null), ('colleague', $$confirm_reservation((pg_temp.offer('c')).id)$$, null), ('colleague', $$update_reservation((pg_temp.offer('c')).id, 'x')$$, null),
    ('member', $$confirm_reservation((pg_temp.offer('c')).id)$$, 'not_found'), ('approver', $$confirm_reservation((pg_temp.offer('c')).id)$$, 'forbidden'), ('manager', $$confirm_reservation((pg_temp.offer('c')).id)$$, 'forbidden'),
    ('manager', $$confirm_reservation((pg_temp.offer('c')).id, override => true, reason => 'x')$$, 'forbidden'), ('admin', $$confirm_reservation((pg_temp.offer('stage')).id, override => true, reason => 'x')$$, 'forbidden'), ('manager', $$pencil_reservation((pg_temp.offer('c')).id)$$, 'forbidden'),
    ('colleague', $$extend_hold((pg_temp.offer('c')).id)$$, 'invalid_transition'), ('manager', $$extend_hold((pg_temp.offer('c')).id)$$, 'invalid_transition'),
    -- Its time limit is its own: to pencil it in would be to extend it.
    ('colleague', $$pencil_reservation((pg_temp.offer('c')).id)$$, 'invalid_transition'),
    ('colleague', $$reschedule_reservation((pg_temp.offer('c')).id, tests.at('15:00'), tests.at('16:00'))$$, 'invalid_transition'), ('manager', $$reschedule_reservation((pg_temp.offer('c')).id, tests.at('15:00'), tests.at('16:00'), override => true, reason => 'x')$$, 'invalid_transition'),
    ('colleague', $$check_in_reservation((pg_temp.offer('c')).id)$$, 'invalid_transition'), ('manager', $$approve_reservation((pg_temp.offer('stage')).id)$$, 'invalid_transition'),
    ('manager', $$cancel_reservation((pg_temp.offer('c')).id)$$, null)
  ) as calls (who, call, slug);
select tests.be('member');
select is(tests.answer($$ select api.accept_offer(tests.id('m')) $$), '{"code": "PT409", "message": "invalid_transition", "hint": "Nothing is offered yet.", "details": {"status": "waiting", "action": "accept_offer"}}', 'who still waits is told');
select is(tests.answer($$ select api.accept_offer(tests.id('c')) $$) -> 'details', jsonb_build_object('entry_id', tests.id('c')), 'what was not found, too');
select tests.be_nobody();
select throws_ok($$ select api.accept_offer(tests.id('c')) $$, '42501', null, 'nobody accepts nothing');
select tests.be_dba();
select is(tests.digest(), digest, 'none of which changed anything') from before;

-- Accepted
select tests.be('colleague');
create temp table made as select * from api.accept_offer(tests.id('c'), 'great');
select is(array[made.status::text, made.position::text, made.offer_expires_at::text, made.version::text, made.offered_reservation_id::text], array['accepted', null, null, '3', r.id::text], 'the entry is accepted') from made, pg_temp.offer('c') r;
select results_eq('table made', $$ select * from api.waitlist_entries where id = tests.id('c') $$, 'as they then read');
select is(array[r.status::text, r.expires_at::text, r.status_reason, tests.draw('room')], array['confirmed', null, 'great', 'c 12:00-13:00'], 'the reservation confirmed, for good') from pg_temp.offer('c') r;
select tests.be_dba();
select set_eq($$ select type, actor_id, reason::text from booking.events where seq > (select max(seq) from booking.events where type = 'waitlist.offered' and subject ->> 'id' = tests.id('c')::text) and coalesce(subject ->> 'waitlist_entry_id', subject ->> 'id') = tests.id('c')::text and actor_id is not null and type <> 'waitlist.joined' $$,
  $$ values ('waitlist.accepted', tests.id('colleague'), 'great'), ('reservation.confirmed', tests.id('colleague'), 'great') $$, 'one event each, by who accepted');
select tests.be('colleague');
select is(tests.answer(format('select api.%s(tests.id(''c''))', call)) - 'hint', jsonb_build_object('code', 'PT409', 'message', 'invalid_transition', 'details', jsonb_build_object('status', 'accepted', 'action', call)), 'then it is too late: ' || call)
  from unnest('{accept_offer, decline_offer, leave_waitlist}'::text[]) call;
select is((api.reschedule_reservation((pg_temp.offer('c')).id, tests.at('13:00'), tests.at('14:00'))).status::text, 'confirmed', 'it is a reservation like any other');
select is((pg_temp.offer('m')).status::text, 'held', 'and frees its time for the next');

-- By confirm_reservation; where approval is required it waits for that.
select is((api.confirm_reservation((pg_temp.offer('stage')).id)).status::text, 'pending', 'where approval is required, it is asked for');
select is(status::text, 'accepted', 'and accepted') from api.waitlist_entries where id = tests.id('stage');
select is((api.update_reservation((pg_temp.offer('left')).id, 'mine')).status::text, 'held', 'renamed, it is still offered');
select is(status::text, 'offered', 'as the entry says') from api.waitlist_entries where id = tests.id('left');

-- The rules that hold when it is made firm: quotas; those of its length do not.
select tests.be_dba();
select is(pg_temp.join('member', 'q', 'desks', '15:00', '16:00', 1), 'offered', 'one more');
select tests.rule('desks', '{"max_per_day": 1, "min_duration": "5 hours", "min_notice": "9 days"}');
select tests.book('has', 'desks', tests.at('09:00', 1), tests.at('10:00', 1));
select tests.be('member');
select is(tests.answer($$ select api.accept_offer(tests.id('q')) $$) ->> 'message', 'quota_exceeded', 'who has had their share does not have it');
select is(tests.answer($$ select api.confirm_reservation((pg_temp.offer('q')).id) $$) ->> 'message', 'quota_exceeded', 'by either road');
select is(status::text, 'offered', 'it is still offered') from api.waitlist_entries where id = tests.id('q');
select is((api.cancel_reservation(tests.id('has'))).status::text, 'cancelled', 'until they make room');
select is((api.accept_offer(tests.id('q'))).status::text, 'accepted', 'which they do');
select tests.be_dba();
select is(pg_temp.join('member', 'closing', 'studio'), 'offered', 'another');
update booking.resources set is_active = false where id = tests.id('studio');
select tests.be('member');
select is(tests.answer($$ select api.accept_offer(tests.id('closing')) $$) ->> 'message', 'resource_inactive', 'not on what takes no reservations any more');
select tests.be_dba();

-- Too late
select is((pg_temp.offer('m')).expires_at, tests.at('09:00'), 'an offer stands for offer_ttl');
select is(pg_temp.join('approver', 'a', 'room'), 'waiting', 'somebody waits behind');
select tests.clock('08:59:59.999999');
select tests.be('member');
select is(tests.answer($$ select api.accept_offer(tests.id('m')) $$), '{"rows": 1}', 'to the last microsecond');
select tests.clock('09:00');
select tests.be_dba();
truncate before;
insert into before select tests.digest();
select tests.be('member');
select is(tests.answer(format('select api.%s(tests.id(''m''))', call)) ->> 'message', 'hold_expired', 'then too late: ' || call) from unnest('{accept_offer, decline_offer, leave_waitlist}'::text[]) call;
select is(tests.answer($$ select api.confirm_reservation((pg_temp.offer('m')).id) $$) ->> 'message', 'hold_expired', 'by either road');
select is(tests.digest(), digest, 'which changes nothing') from before;
select is(tests.answer($$ select api.join_waitlist(tests.id('room'), tests.at('12:00'), tests.at('13:00')) $$), '{"rows": 1}', 'but they may join anew, though no sweep has come by');
select is(tests.answer(format('select api.%s(tests.id(''m''))', call)) ->> 'message', 'hold_expired', 'and are told the same: ' || call) from unnest('{accept_offer, decline_offer, leave_waitlist}'::text[]) call;
select tests.be_dba();
select lives_ok('select booking.sweep()', 'a sweep');
select is((select status::text from booking.waitlist_entries where id = tests.id('m')), 'expired', 'it has lapsed');
select is(array[(pg_temp.offer('a')).status::text, (pg_temp.offer('a')).expires_at::text], array['held', tests.at('10:00')::text], 'and the next is offered it, with a limit of their own');
select is(array(select e.type from booking.events e where e.subject ->> 'id' = tests.id('m')::text order by seq), '{waitlist.joined, waitlist.offered, waitlist.expired}', 'each step an event');
select tests.be('member');
select is(tests.answer(format('select api.%s(tests.id(''m''))', call)) ->> 'message', 'hold_expired', 'swept or not, the answer is the same: ' || call) from unnest('{accept_offer, decline_offer, leave_waitlist}'::text[]) call;

-- A key
select tests.be('approver');
select set_config('request.headers', '{"idempotency-key": "k"}', true);
create temp table once as select * from api.accept_offer(tests.id('a'));
select results_eq($$ select * from api.accept_offer(tests.id('a')) $$, 'table once', 'the same key: the same answer');
select set_config('request.headers', '', true);
select tests.be_dba();
select is_empty('select * from booking.verify_invariants()', 'all is in order');

-- Whoever leaves gives back what they accepted and have still to pay, though it is held for days.
select tests.be_dba();
insert into booking.waitlist_entries (tenant_id, id, resource_id, starts_at, ends_at, owner_id, status)
values (tests.id('acme'), tests.id('billed'), tests.id('studio'), tests.at('09:00', 9), tests.at('10:00', 9), tests.id('colleague'), 'offered');
insert into booking.reservations (tenant_id, id, resource_id, starts_at, ends_at, owner_id, status, expires_at, waitlist_entry_id)
values (tests.id('acme'), tests.id('unpaid'), tests.id('studio'), tests.at('09:00', 9), tests.at('10:00', 9), tests.id('colleague'), 'held', tests.at('09:00', 8), tests.id('billed'));
update booking.waitlist_entries set status = 'accepted' where id = tests.id('billed');
select tests.book('firm', 'studio', tests.at('11:00', 9), tests.at('12:00', 9), owner => 'colleague');
select tests.be('admin');
select lives_ok($$ select api.erase_member(tests.id('colleague')) $$, 'somebody is erased');
select is(array[(tests.reservation('unpaid')).status, (tests.reservation('firm')).status]::text[], '{cancelled, confirmed}', 'what is firm stays');

select * from finish();
rollback;
