-- api.decline_offer and api.leave_waitlist: what one does not want is offered to the next, at once.
begin;
select no_plan();
select tests.world();

create function pg_temp.join(who text, name text, resource text default 'room', starts text default '12:00', ends text default '13:00', more text default '') returns text language plpgsql as $$
declare v_status text;
begin
  perform tests.be(who);
  execute format('select status from api.join_waitlist(tests.id(%L), tests.at(%L), tests.at(%L), id => tests.id(%L)%s)', resource, starts, ends, name, more) into v_status;
  perform tests.be_dba();
  return v_status;
end $$;
-- "c declined, m offered, g waiting": how those in a queue stand
create function pg_temp.stand(names text[]) returns text language sql security definer as $$
  select string_agg(n || ' ' || w.status || case when w.status = 'offered' then ' ' || r.status else '' end, ', ' order by o)
    from unnest(names) with ordinality t (n, o) join booking.waitlist_entries w on w.id = tests.id(n) left join booking.reservations r on r.waitlist_entry_id = w.id and r.status = 'held'
$$;
-- What comes of it; undone.
create function pg_temp.after(who text, call text) returns text language plpgsql as $$
declare
  v_stand text;
  v_step text;
begin
  perform tests.be(who);
  foreach v_step in array string_to_array(call, '; ') loop
    execute 'select ' || v_step;
  end loop;
  perform tests.be_dba();
  v_stand := pg_temp.stand('{c,m,g}') || coalesce((select string_agg(format(', BUT invariant %s: %s', invariant, problem), '') from booking.verify_invariants()), '');
  raise exception using errcode = 'TT000';
exception
  when sqlstate 'TT000' then
    perform tests.be_dba();
    return v_stand;
end $$;
create function pg_temp.offer(name text) returns booking.reservations language sql security definer as $$ select * from booking.reservations where waitlist_entry_id = tests.id(name) order by created_at desc, version limit 1 $$;
select is(pg_temp.join('colleague', 'c') || ' ' || pg_temp.join('member', 'm') || ' ' || pg_temp.join('manager', 'g', more => ', priority => -1'), 'offered waiting waiting', 'three want it');

-- Every way to give it up
select is(pg_temp.after(who, call), stands, format('%s: %s: %s', who, call, stands))
  from (values
    ('colleague', $$api.decline_offer(tests.id('c'))$$, 'c declined, m offered held, g waiting'), ('colleague', $$api.leave_waitlist(tests.id('c'))$$, 'c declined, m offered held, g waiting'),
    ('colleague', $$api.cancel_reservation((pg_temp.offer('c')).id)$$, 'c declined, m offered held, g waiting'), ('manager', $$api.cancel_reservation((pg_temp.offer('c')).id)$$, 'c declined, m offered held, g waiting'),
    ('member', $$api.leave_waitlist(tests.id('m'))$$, 'c offered held, m left, g waiting'),
    ('member', $$api.leave_waitlist(tests.id('m')), tests.be('colleague'), api.decline_offer(tests.id('c'))$$, 'c declined, m left, g offered held'),
    ('colleague', $$api.decline_offer(tests.id('c')), tests.be('member'), api.decline_offer(tests.id('m'))$$, 'c declined, m declined, g offered held'),
    ('colleague', $$api.decline_offer(tests.id('c')), tests.be('member'), api.decline_offer(tests.id('m')), tests.be('manager'), api.decline_offer(tests.id('g'))$$, 'c declined, m declined, g declined'),
    ('colleague', $$api.accept_offer(tests.id('c')), api.cancel_reservation((pg_temp.offer('c')).id)$$, 'c accepted, m offered held, g waiting'),
    ('colleague', $$tests.clock('10:00'), tests.be_dba(); booking.sweep()$$, 'c expired, m offered held, g waiting'),
    ('colleague', $$tests.clock('10:00'), tests.be_dba(); booking.sweep(); tests.clock('12:00'); booking.sweep()$$, 'c expired, m expired, g offered held'),
    ('colleague', $$tests.clock('13:00'), tests.be_dba(); booking.sweep()$$, 'c expired, m expired, g expired')
  ) as ways (who, call, stands);
create function pg_temp.delete_offer(name text) returns void language sql as $$ delete from booking.reservations where waitlist_entry_id = tests.id(name) $$;
select is(pg_temp.after('colleague', $$tests.be_dba(); pg_temp.delete_offer('c')$$), 'c declined, m offered held, g waiting', 'a DBA deletes it');

-- Who may not, and what cannot be
create temp table before as select tests.digest();
grant select on before to public;
select is(tests.answer(format('select tests.be(%L), api.%s', who, call)) ->> 'message', slug, format('%s: %s: %s', who, call, slug))
  from (values
    ('member', $$decline_offer(tests.id('c'))$$, 'not_found'), ('manager', $$decline_offer(tests.id('c'))$$, 'not_found'), ('stranger', $$decline_offer(tests.id('c'))$$, 'not_found'), ('colleague', $$decline_offer(tests.id('none'))$$, 'not_found'), ('colleague', $$decline_offer(null)$$, 'not_found'),
    ('member', $$decline_offer(tests.id('m'))$$, 'invalid_transition'), ('colleague', $$decline_offer(tests.id('c'), repeat('x', 1001))$$, 'invalid_argument'),
    ('colleague', $$leave_waitlist(tests.id('m'))$$, 'not_found'), ('manager', $$leave_waitlist(tests.id('m'))$$, 'not_found'), ('stranger', $$leave_waitlist(tests.id('m'))$$, 'not_found'), ('member', $$leave_waitlist(null)$$, 'not_found'),
    ('member', $$leave_waitlist(tests.id('m'), repeat('x', 1001))$$, 'invalid_argument')
  ) as calls (who, call, slug);
select tests.be_nobody();
select throws_ok(format('select api.%s(tests.id(''c''))', call), '42501', null, 'nobody: ' || call) from unnest('{decline_offer, leave_waitlist}'::text[]) call;
select tests.be_dba();
select is(tests.digest(), digest, 'none of which changed anything') from before;

-- What is told
select tests.be('colleague');
create temp table made as select * from api.decline_offer(tests.id('c'), 'no time');
select is(array[made.status::text, made.version::text, made.offer_expires_at::text, made.position::text], '{declined, 3, null, null}', 'the entry is declined') from made;
select is(array[r.status::text, r.status_reason, r.is_late::text], '{cancelled, no time, false}', 'its hold cancelled') from pg_temp.offer('c') r;
select tests.be_dba();
select bag_eq($$ select type, actor_id, reason::text from booking.events where resource_id = tests.id('room') and seq > (select seq from booking.events where type = 'waitlist.joined' and subject ->> 'id' = tests.id('g')::text) $$,
  $$ values ('reservation.cancelled', tests.id('colleague'), 'no time'), ('waitlist.declined', tests.id('colleague'), 'no time'), ('waitlist.offered', null, null), ('reservation.held', null, null) $$, 'one event each: who declined, and that the next is offered it');
select tests.be('colleague');
select is(tests.answer(format('select api.%s(tests.id(''c''))', call)) ->> 'message', 'invalid_transition', 'once: ' || call) from unnest('{accept_offer, decline_offer, leave_waitlist}'::text[]) call;
select is((api.join_waitlist(tests.id('room'), tests.at('12:00'), tests.at('13:00'))).position, 1::bigint, 'who joins anew goes before a lower priority');
select tests.be_dba();
select is(pg_temp.join('approver', 'p'), 'waiting', 'another joins');
select tests.be('approver');
select is(position, 2::bigint, 'behind those of the same priority') from api.waitlist_entries where id = tests.id('p');

-- A wait that is over is over, swept or not.
select tests.be_dba();
select tests.reserve('x', 'studio', '09:00', '17:00', owner => 'approver');
select is(pg_temp.join('member', 'late', 'studio', more => ', expires_at => tests.at(''08:30'')'), 'waiting', 'one waits until 08:30');
select tests.clock('08:30');
select tests.be('member');
create temp table told as select call, tests.answer(format('select api.%s(tests.id(''late''))', call)) ->> 'message' as slug from unnest('{accept_offer, decline_offer, leave_waitlist}'::text[]) call;
select is(slug, 'hold_expired', 'too late: ' || call) from told;
select tests.be_dba();
select lives_ok('select booking.sweep()', 'a sweep');
select tests.be('member');
select is(tests.answer(format('select api.%s(tests.id(''late''))', call)) ->> 'message', slug, 'the same afterwards: ' || call) from told;

-- A key
select set_config('request.headers', '{"idempotency-key": "k"}', true);
create temp table once as select * from api.decline_offer(tests.id('m'));
select results_eq($$ select * from api.decline_offer(tests.id('m')) $$, 'table once', 'the same key: the same answer');
select set_config('request.headers', '', true);
select tests.be_dba();
select is(pg_temp.stand('{c,m,g}'), 'c declined, m declined, g waiting', 'who joined anew has it before a lower priority');
select is_empty('select * from booking.verify_invariants()', 'all is in order');

select * from finish();
rollback;
