-- api.reject_reservation: an approver turns a pending reservation down.
begin;
select no_plan();
select tests.world();
select tests.reserve('p', 'stage', '09:00', '10:00', 'pending');
select tests.reserve('over', 'stage', '06:00', '07:00', 'pending');
select tests.reserve('c', 'room', '09:00', '10:00');

create temp table before as select tests.digest();
grant select on before to public;
select throws_ok(format('select tests.be(%L), api.reject_reservation(tests.id(%L), %L)', who, reservation, version), code, slug, format('%s %s: %s', who, reservation, slug))
  from (values ('member', 'p', null, 'PT403', 'forbidden'), ('colleague', 'p', null, 'PT404', 'not_found'), ('approver', 'p', 2, 'PT409', 'version_conflict'),
               ('approver', 'c', null, 'PT409', 'invalid_transition'), ('approver', 'none', null, 'PT404', 'not_found')) as refusals (who, reservation, version, code, slug);
select throws_ok($$ select tests.be('approver'), api.reject_reservation(tests.id('p'), reason => repeat('x', 1001)) $$, 'PT400', 'invalid_argument', 'a reason is not a novel');
select is(tests.digest(), digest, 'nothing of that changed anything') from before;

select tests.be('approver');
select is(r.status::text || r.version || r.status_reason, 'rejected2no', 'it is turned down, and told why')
  from api.reject_reservation(tests.id('p'), 1, 'no') r;
select is(tests.claims('p'), '{}', 'it takes no time');
select throws_ok($$ select api.reject_reservation(tests.id('p')) $$, 'PT409', 'invalid_transition', 'for good');
select is((api.reject_reservation(tests.id('over'))).status::text, 'rejected', 'even when it is over');

select * from finish();
rollback;
