-- api.cancel_reservation gives the time back.
begin;
select no_plan();
select tests.world();
select tests.reserve('a', 'room', '09:00', '10:00');
select tests.reserve('b', 'room', '10:00', '11:00');
select tests.reserve('t', 'room', '09:00', '10:00', 'tentative');
select tests.reserve('p', 'stage', '09:00', '10:00', 'pending');
select tests.reserve('d', 'desks', '09:00', '10:00', units => 2);

create temp table before as select tests.digest();
grant select on before to public;
select throws_ok(format('select tests.be(%L), api.cancel_reservation(%s)', who, call), code, slug, format('%s, %s: %s', who, left(call, 60), slug))
  from (values
    ('colleague', $$tests.id('a')$$, 'PT404', 'not_found'), ('approver', $$tests.id('a')$$, 'PT403', 'forbidden'),
    ('member', $$tests.id('none')$$, 'PT404', 'not_found'), ('member', $$tests.id('a'), expected_version => 2$$, 'PT409', 'version_conflict'),
    ('member', $$tests.id('a'), 'why', override => true$$, 'PT403', 'forbidden'), ('manager', $$tests.id('a'), override => true$$, 'PT400', 'invalid_argument'),
    ('member', $$tests.id('a'), repeat('x', 1001)$$, 'PT400', 'invalid_argument')) as refusals (who, call, code, slug);
select is(tests.digest(), digest, 'nothing of that changed anything') from before;

select tests.be('member');
select is(r.status::text || r.version || r.status_reason, 'cancelled2ill', 'it is cancelled') from api.cancel_reservation(tests.id('a'), 'ill', 1) r;
select is(tests.claims('a'), '{}', 'its time is free');
select lives_ok($$ select tests.be('colleague'), api.create_reservation(tests.id('room'), tests.at('09:00'), tests.at('10:00')) $$, 'for anybody, at once');
select tests.be('member');
select throws_ok($$ select api.cancel_reservation(tests.id('a')) $$, 'PT409', 'invalid_transition', 'once is enough');
select is((api.cancel_reservation(tests.id('t'))).status::text, 'cancelled', 'a tentative one');
select is((api.cancel_reservation(tests.id('p'))).status::text, 'cancelled', 'a pending one');
select is(r.status::text || tests.claims('d')::text, 'cancelled{}', 'all the units of a pool') from api.cancel_reservation(tests.id('d')) r;
select tests.be_dba();
select tests.reserve('h', 'room', '12:00', '13:00', 'held');
select tests.reserve('pc', 'room', '13:00', '14:00', 'pencilled');
select tests.be('member');
select is(r.status::text || tests.claims('h')::text || coalesce(r.expires_at::text, ''), 'cancelled{}', 'a held one') from api.cancel_reservation(tests.id('h')) r;
select is((api.cancel_reservation(tests.id('pc'))).status::text || tests.claims('pc')::text, 'cancelled{}', 'a pencilled one');
select tests.be('manager');
select is((api.cancel_reservation(tests.id('b'))).status::text, 'cancelled', 'a manager cancels anybody''s');

select * from finish();
rollback;
