-- resolved_rules: what a booking reads is what the rows of rules, hours and exceptions result in, whatever changes.
begin;
select no_plan();
select tests.world();

create function pg_temp.goes_by(resource text) returns text language sql
as $$
  select concat_ws(' ', (r.rules).max_duration, r.scopes ->> 'max_duration', case when r.is_ruled then 'ruled' end, case when r.has_quotas then 'quotas' end, case when r.has_hours then 'hours' end)
    from booking.resolved_rules r where r.resource_id = tests.id(resource)
$$;
create function pg_temp.stray() returns bigint language sql
as $$
  select count(*) from booking.verify_invariants() v where v.invariant = 11
$$;

select is(pg_temp.goes_by('room'), '', 'where nothing is set');
insert into booking.booking_rules (tenant_id, kind, resource_id, max_duration) values
  (tests.id('acme'), null, null, '1 hour'), (tests.id('acme'), (select kind from booking.resources where id = tests.id('room')), null, '2 hours'), (tests.id('acme'), null, tests.id('room'), '3 hours');
select is(pg_temp.goes_by('room'), '03:00:00 resource ruled', 'the resource''s own');
delete from booking.booking_rules where resource_id = tests.id('room');
select is(pg_temp.goes_by('room'), '02:00:00 kind ruled', 'else its kind''s');
update booking.resources set kind = 'attic' where id = tests.id('room');
select is(pg_temp.goes_by('room'), '01:00:00 tenant ruled', 'of another kind, else the tenant''s');
update booking.booking_rules set kind = 'attic' where kind is not null;
select is(pg_temp.goes_by('room'), '02:00:00 kind ruled', 'a row that moves to another kind');
update booking.booking_rules set max_duration = null, max_per_day = 3;
select is(pg_temp.goes_by('room'), 'quotas', 'quotas are told apart');
delete from booking.booking_rules;
select is(pg_temp.goes_by('room'), '', 'nothing again');
select tests.hours('room', '{1}', '09:00', '17:00');
select is(pg_temp.goes_by('room'), 'hours', 'hours');
delete from booking.opening_hours;
select tests.exception(null, '2030-01-07');
select is(pg_temp.goes_by('room'), 'hours', 'or an exception');
select is(pg_temp.stray(), 0::bigint, 'all are as they result');
insert into booking.resources (tenant_id, id, name) values (tests.id('acme'), tests.id('new'), 'new');
select is(pg_temp.goes_by('new'), 'hours', 'a new resource');
update booking.resolved_rules set has_hours = false where resource_id = tests.id('new');
select is(pg_temp.stray(), 1::bigint, 'a row that is wrong is found');
delete from booking.resolved_rules where resource_id = tests.id('new');
select is(pg_temp.stray(), 1::bigint, 'and one that is missing');
select * from finish();
rollback;
