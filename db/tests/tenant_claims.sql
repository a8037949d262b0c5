-- Of thousands of claims on a resource, each request reads those about its own time: by the index, though row level security binds it.
begin;
select no_plan();
select tests.world();
-- An hour of every two, for a year and a half.
insert into booking.reservations (tenant_id, id, resource_id, starts_at, ends_at, status, owner_id)
select tests.id('acme'), tests.id(name || n), tests.id(name), tests.at('09:00') + n * interval '2 hours', tests.at('10:00') + n * interval '2 hours', 'confirmed', tests.id('member')
  from unnest('{room,desks}'::text[]) name, generate_series(1, 6000) n;
analyze booking.reservations, booking.claims;
create function pg_temp.later(hours numeric) returns timestamptz language sql as $$ select tests.at('09:00') + hours * interval '1 hour' $$;

create function pg_temp.wait(resource text, starts timestamptz, ends timestamptz, duration interval) returns void language sql as $$
  insert into booking.waitlist_entries (tenant_id, resource_id, owner_id, starts_at, ends_at, duration, expires_at)
  values (tests.id('acme'), tests.id(wait.resource), tests.id('colleague'), starts, ends, duration, ends)
$$;

-- How many claims somebody's request reads; undone.
create function pg_temp.reads(who text, request text, setup text default 'null') returns bigint language plpgsql
as $$
declare
  v_before bigint;
  v_read bigint;
begin
  execute 'select ' || setup;
  v_before := pg_stat_get_xact_tuples_returned('booking.claims'::regclass) + pg_stat_get_xact_tuples_fetched('booking.claims'::regclass);
  if who = 'dba' then perform tests.be_dba(); else perform tests.be(who); end if;
  execute request;
  v_read := pg_stat_get_xact_tuples_returned('booking.claims'::regclass) + pg_stat_get_xact_tuples_fetched('booking.claims'::regclass) - v_before;
  raise exception using errcode = 'TT000';
exception
  when sqlstate 'TT000' then
    perform tests.be_dba();
    return v_read;
end
$$;

select cmp_ok(pg_temp.reads(who, request, setup), '<', 1000::bigint, format('%s, %s', who, what))
  from (values
    ('booking', 'member', $$select api.create_reservation(tests.id('room'), pg_temp.later(4001), pg_temp.later(4002))$$, 'null'),
    ('refused', 'member', $$select tests.answer($q$select api.create_reservation(tests.id('room'), pg_temp.later(4000), pg_temp.later(4001))$q$)$$, 'null'),
    ('booking of a pool', 'member', $$select api.create_reservation(tests.id('desks'), pg_temp.later(4000), pg_temp.later(4001), units => 2)$$, 'null'),
    ('checking', 'member', $$select api.check_reservation_conflict(tests.id('room'), pg_temp.later(4001), pg_temp.later(4002))$$, 'null'),
    ('moving', 'manager', $$select api.reschedule_reservation(tests.id('room2000'), pg_temp.later(4000.5), pg_temp.later(4001.5))$$, 'null'),
    ('closing', 'manager', $$select api.create_blackout(array[tests.id('room'), tests.id('desks')], pg_temp.later(4000), pg_temp.later(4006), on_conflict => 'keep')$$, 'null'),
    ('closing, cancelling', 'manager', $$select api.create_blackout(array[tests.id('room'), tests.id('desks')], pg_temp.later(4000), pg_temp.later(4006), on_conflict => 'cancel')$$, 'null'),
    ('waiting', 'colleague', $$select api.join_waitlist(tests.id('room'), pg_temp.later(4000), pg_temp.later(4004), duration => '90 minutes')$$, 'null'),
    ('making an offer', 'manager', $$select api.cancel_reservation(tests.id('room2000'))$$,
     $$pg_temp.wait('room', pg_temp.later(4000), pg_temp.later(4004), '90 minutes')$$),
    ('searching', 'member', $$select api.search_availability(pg_temp.later(4000), pg_temp.later(4012), '30 minutes')$$, 'null'),
    ('searching among closures', 'member', $$select api.search_availability(pg_temp.later(4000), pg_temp.later(4012), '30 minutes')$$, $$tests.close('b', 'desks', '09:00', '12:00', 'keep')$$),
    ('looking for the next', 'member', $$select api.next_available_slots('30 minutes', tests.id('room'), after => pg_temp.later(4000))$$, 'null'),
    ('reading a day', 'member', $$select * from api.calendar where resource_id = tests.id('room') and starts_at < pg_temp.later(4012) and ends_at > pg_temp.later(4000)$$, 'null'),
    ('booking', 'dba', $$insert into booking.reservations (tenant_id, resource_id, starts_at, ends_at, status) values (tests.id('acme'), tests.id('desks'), pg_temp.later(4000), pg_temp.later(4001), 'confirmed')$$, 'null'),
    ('moving', 'dba', $$update booking.reservations set starts_at = pg_temp.later(4000.5) where id = tests.id('room2000')$$, 'null')
  ) as requests (what, who, request, setup);

-- Row level security's own answer, by the view
select set_config('booking.tenant_id', tests.id('globex')::text, true);
select is((select count(*) from booking.tenant_claims), 12000::bigint, 'a DBA sees all');
set local role berth_owner;
select is((select count(*) from booking.tenant_claims), 0::bigint, 'the owner those of the tenant that has been entered');
select set_config('booking.tenant_id', tests.id('acme')::text, true);
select is((select count(*) from booking.tenant_claims), 12000::bigint, 'all of them');
select set_config('booking.tenant_id', '', true);
select is((select count(*) from booking.tenant_claims), 0::bigint, 'and none without one');
select tests.be_dba();

select * from finish();
rollback;
