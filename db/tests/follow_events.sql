-- Whoever may read an event in the log hears it, and nobody else.
begin;
select no_plan();

select tests.world();
select tests.reserve('a', 'room', '09:00', '10:00');
select tests.reserve('b', 'studio', '09:00', '10:00', owner => 'colleague');
select tests.reserve('p', 'stage', '09:00', '10:00', 'pending');
select tests.reserve('theirs', 'theirs', '09:00', '10:00', owner => 'stranger');
select tests.be_dba();
update booking.reservations set title = 'x' where id = tests.id('a');
insert into booking.blackouts (tenant_id, resource_id, starts_at, ends_at) values (tests.id('acme'), tests.id('desks'), tests.at('09:00'), tests.at('10:00'));
-- Of a reservation that belongs to nobody any more.
insert into booking.events (tenant_id, type, reservation_id, subject) values (tests.id('acme'), 'reservation.updated', tests.id('a'), '{}');

create temp table audience as
select n, name, case name when 'stranger' then tests.id('globex') else tests.id('acme') end as tenant_id, tests.id(name) as user_id
  from unnest('{admin, manager, approver, member, colleague, stranger, nobody}'::text[]) with ordinality as p (name, n);

create function pg_temp.heard(batch_size integer default 1000) returns table (event jsonb, name text, type text, resource_id uuid)
language sql as $$
  select f.event::jsonb, a.name, f.type, f.resource_id
    from booking.follow_events(0, (select array_agg(tenant_id order by n) from audience), (select array_agg(user_id order by n) from audience), batch_size) f
    left join audience a on a.n = any (f.readers)
$$;
select is_empty('select * from pg_temp.heard()', 'what this transaction does is not there yet: another may still come before it');
select tests.sequence();

create temp table heard as select * from pg_temp.heard();
create temp table listed (event jsonb, name text, type text, resource_id uuid);
grant all on audience, listed to public;
do $$
declare v_name text;
begin
  for v_name in select name from audience loop
    perform tests.be(v_name);
    insert into listed
    select to_jsonb(e) - 'resource_id' - 'reservation_id', v_name, e.type, e.resource_id from api.list_events(max_results => 1000) e;
  end loop;
end
$$;
select tests.be_dba();
select set_eq('select * from heard', 'select * from listed', 'hearing is reading: the same events, in the same words, by the same people');
select ok((select count(distinct cardinality) from (select count(*) as cardinality from heard group by event) c) >= 3, 'some are heard by few and some by many');

insert into booking.tenants (id, slug, name) values (tests.id('empty'), 'empty', 'Empty');
select results_eq(
  $$select event, readers from booking.follow_events(0, array[tests.id('empty')], array[tests.id('member')])$$,
  $$select null::text, '{}'::integer[] from booking.events$$, 'what nobody hears is told by its cursor alone');
select is((select count(*) from booking.follow_events(0, '{}', '{}', 2)), 2::bigint, 'by batches');
delete from booking.members where user_id = tests.id('member');
select is_empty($$select * from pg_temp.heard() where name = 'member'$$, 'whoever is removed hears nothing more');

select tests.be('admin');
select throws_ok($$select * from booking.follow_events(0, '{}', '{}')$$, '42501', null, 'no member follows for others');
reset role;
set local role berth_gateway;
select lives_ok($$select * from booking.follow_events(0, '{}', '{}')$$, 'the gateway does');
select throws_ok($$select display_name from booking.members$$, '42501', null, 'which knows no member''s name');

select * from finish();
rollback;
