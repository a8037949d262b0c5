begin;
set local role berth_owner;

-- A constant for plans, from the rows of the table.
do $do$
begin
  execute (
    select pg_catalog.format(
             'create function booking.expiring_statuses() returns booking.reservation_status[] '
             'language sql immutable parallel safe set search_path = pg_catalog, pg_temp '
             'return %L::booking.reservation_status[]', pg_catalog.array_agg(s.status order by s.status))
      from booking.reservation_statuses s
     where s.runs_out);
end
$do$;

comment on function booking.expiring_statuses() is 'The statuses that end at expires_at.';

commit;
