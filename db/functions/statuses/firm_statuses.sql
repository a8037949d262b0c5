begin;
set local role berth_owner;

-- A constant for plans, from the rows of the table.
do $do$
begin
  execute (
    select pg_catalog.format(
             'create function booking.firm_statuses() returns booking.reservation_status[] '
             'language sql immutable parallel safe set search_path = pg_catalog, pg_temp '
             'return %L::booking.reservation_status[]', pg_catalog.array_agg(s.status order by s.status))
      from booking.reservation_statuses s
     where s.blocks = 'always');
end
$do$;

comment on function booking.firm_statuses() is 'The statuses that always take their time: what is firm.';

commit;
