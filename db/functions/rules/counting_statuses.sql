begin;
set local role berth_owner;

create function booking.counting_statuses() returns booking.reservation_status[]
language sql immutable parallel safe
set search_path = pg_catalog, pg_temp
return '{held,pencilled,pending,confirmed,checked_in,completed,no_show}'::booking.reservation_status[];

comment on function booking.counting_statuses() is 'The statuses whose reservations count for quotas: kept or missed, they still do.';

commit;
