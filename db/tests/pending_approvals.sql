-- api.pending_approvals: what waits for an approver, for how long, and who that may be.
begin;
select no_plan();
select tests.world();
select tests.rule('stage', '{"approval_stale_after": "1 hour"}');
select tests.reserve('a', 'stage', '14:00', '15:00', 'pending');
select tests.reserve('b', 'stage', '14:00', '15:00', 'pending', 'colleague');
select tests.reserve('t', 'stage', '15:00', '16:00', 'tentative');
select tests.reserve('n', 'room', '15:00', '16:00', 'pending', 'approver');
select tests.reserve('c', 'stage', '16:00', '17:00');
select tests.reserve('o', 'theirs', '14:00', '15:00', 'pending', 'stranger');

select tests.be('member');
select tests.clock('08:30');
do $$ begin perform api.confirm_reservation(tests.id('t'), reason => 'please'); end $$;
select set_eq('select id from api.pending_approvals', array[tests.id('a'), tests.id('t')], 'a member reads their own');
select is((select to_jsonb(p) - '{waiting_for, is_stale, approvers}'::text[] from api.pending_approvals p where id = tests.id('a')), (select to_jsonb(r) from api.reservations r where id = tests.id('a')), 'the whole reservation');
select is(approvers, jsonb_build_array(
    jsonb_build_object('user_id', tests.id('approver'), 'display_name', 'approver', 'role', 'approver'),
    jsonb_build_object('user_id', tests.id('manager'), 'display_name', 'manager', 'role', 'manager'),
    jsonb_build_object('user_id', tests.id('admin'), 'display_name', 'admin', 'role', 'admin')), 'and who may approve it') from api.pending_approvals where id = tests.id('a');
select results_eq('select title::text, waiting_for from api.pending_approvals order by 1', $$ values ('a', interval '30 minutes'), ('t', '0') $$, 'it waits since it was submitted');
select tests.clock('08:59:59.999999');
select is_empty('select from api.pending_approvals where is_stale', 'none is stale yet');
select tests.clock('09:00');
select results_eq('select title::text, is_stale from api.pending_approvals order by 1', $$ values ('a', true), ('t', false) $$, 'one is, an hour after it was submitted');
select tests.clock('09:30');
select is(is_stale, true, 'then the other, an hour after it was') from api.pending_approvals where id = tests.id('t');
do $$ begin perform api.update_reservation(tests.id('t'), 'T'); end $$;
select is(waiting_for, '1 hour', 'a new title does not start it anew') from api.pending_approvals where id = tests.id('t');

select tests.be('colleague');
select set_eq('select id from api.pending_approvals', array[tests.id('b')], 'a colleague reads theirs');
select tests.be('stranger');
select results_eq('select id, is_stale, jsonb_array_length(approvers) from api.pending_approvals', $$ values (tests.id('o'), false, 1) $$, 'a stranger, those of their own tenant, and its approvers');
select tests.be('approver');
select set_eq('select id from api.pending_approvals', array[tests.id('a'), tests.id('b'), tests.id('t'), tests.id('n')], 'an approver reads all');
select is(is_stale, false, 'where nothing is set none is ever stale') from api.pending_approvals where id = tests.id('n');

-- A decision
select is(array[r.status::text, r.status_reason, r.status_since::text, r.version::text], array['confirmed', 'mind the curtain', tests.at('09:30')::text, '2'], 'the note, the decision and its time are kept')
  from api.approve_reservation(tests.id('a'), 1, 'mind the curtain') r;
select is(array[e.actor_id::text, e.reason, e.occurred_at::text], array[tests.id('approver')::text, 'mind the curtain', tests.at('09:30')::text], 'with who decided') from tests.last_event('a') e;
select is(array[r.status::text, r.status_reason, r.status_since::text], array['rejected', 'taken', tests.at('09:30')::text], 'of a refusal, too') from api.reject_reservation(tests.id('b'), 1, 'taken') r;
select is(array[e.actor_id::text, e.reason], array[tests.id('approver')::text, 'taken'], 'with who refused') from tests.last_event('b') e;
select set_eq('select id from api.pending_approvals', array[tests.id('t'), tests.id('n')], 'what is decided waits no more');
select throws_ok($$ select api.approve_reservation(tests.id('t'), 2) $$, 'PT409', 'version_conflict', 'and what has changed is not decided unseen');

-- By whatever rule is most specific
select tests.be_dba();
select tests.rule(null, '{"approval_stale_after": "10 minutes"}');
select tests.be('approver');
select is(is_stale, true, 'the tenant''s rule makes it stale') from api.pending_approvals where id = tests.id('n');

select * from finish();
rollback;
