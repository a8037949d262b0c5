-- booking.list_open_ranges(): what open_ranges() says, of many at once.
begin;
select no_plan();
select tests.world();
insert into booking.resources (tenant_id, id, name, kind, timezone)
select tests.id('acme'), tests.id(kind || zone || n), kind || zone || n, kind, zone
  from unnest('{room, desk, van}'::text[]) kind, unnest('{UTC, Europe/Berlin, America/Havana, Australia/Lord_Howe}'::text[]) zone, generate_series(1, 2) n;

create function pg_temp.differ(first date, last date) returns setof text language sql
as $$
  select format('%s: %s, not %s', s.name, l.ranges, booking.open_ranges(s, d.during))
    from (select tstzrange(first::timestamp at time zone 'UTC', last::timestamp at time zone 'UTC') as during) d,
         lateral booking.list_open_ranges((select array_agg(r) from booking.resources r), d.during) l
    full join booking.resources s on s.id = l.resource_id
   where l.ranges is distinct from booking.open_ranges(s, d.during)
$$;
select is_empty($$ select pg_temp.differ('2030-03-01', '2030-04-15') $$, 'without any hours');
select tests.exception('room', '2030-03-11'), tests.exception(null, '2030-03-12', '10:00', '02:00');
select is_empty($$ select pg_temp.differ('2030-03-01', '2030-04-15') $$, 'days that are different, and no usual ones');
select tests.hours(null, '{1,2,3,4,5,6,7}', '09:00', '17:00'), tests.hours(null, '{6,7}', '22:00', '02:30'), tests.hours(null, '{1,3}', '08:00', '08:00', kind => 'desk'), tests.hours(null, '{7}', '00:00', '24:00', kind => 'desk'),
       tests.hours('roomUTC1', '{1}', '01:30', '02:30', '2030-03-05', '2030-04-01'), tests.hours('deskAmerica/Havana2', '{7}', '00:00', '03:00'), tests.hours('vanEurope/Berlin1', '{2}', '12:00', '13:00', valid_to => '2029-01-01');
select tests.exception(null, '2030-03-31', '02:30', '05:00', 'desk'), tests.exception(null, '2030-03-31', kind => 'room'), tests.exception('roomEurope/Berlin1', '2030-03-31', '20:00', '04:00'), tests.exception('vanUTC1', '2030-03-20'), tests.exception(null, '2030-03-20', '06:00', '07:00'), tests.exception(null, '2030-03-20', '06:30', '08:00');
select is_empty(format('select pg_temp.differ(%L, %L)', first, last), format('of the resource, its kind and the tenant, %s', first))
  from (values ('2030-03-01', '2030-04-15'), ('2030-10-20', '2030-11-10'), ('2030-03-31', '2030-04-01'), ('2030-04-06', '2030-04-07')) as d (first, last);
select is_empty($$ select * from booking.list_open_ranges('{}', tstzrange('2030-03-01', '2030-04-01')) $$, 'of none');

select * from finish();
rollback;
