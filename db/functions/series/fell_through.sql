begin;
set local role berth_owner;

-- A constant for plans, from the rows of the table.
do $do$
begin
  execute (
    select pg_catalog.format(
             'create function booking.fell_through(status booking.reservation_status) returns boolean '
             'language sql immutable parallel safe set search_path = pg_catalog, pg_temp '
             'return status = any (%L::booking.reservation_status[])', pg_catalog.array_agg(s.status order by s.status))
      from booking.reservation_statuses s
     where s.falls_through);
end
$do$;

comment on function booking.fell_through(booking.reservation_status) is
  'Whether a reservation of this status neither takes place nor ever will.';

commit;
