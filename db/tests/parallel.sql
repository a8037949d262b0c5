-- Whoever reads, PostgreSQL may have several processes do it: none of what a view calls may be in its way.
begin;
select no_plan();
select tests.world();
select tests.reserve('a', 'room', '09:00', '10:00');
set local parallel_setup_cost = 0;
set local parallel_tuple_cost = 0;
set local min_parallel_table_scan_size = 0;
set local min_parallel_index_scan_size = 0;
select tests.be('manager');
select lives_ok(format('select * from api.%I', c.relname), format('%s can be read in parallel', c.relname))
  from pg_class c
 where c.relnamespace = 'api'::regnamespace and c.relkind = 'v'
 order by c.relname;

select * from finish();
rollback;
