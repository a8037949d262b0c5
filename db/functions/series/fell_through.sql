begin;
set local role berth_owner;

create function booking.fell_through(status booking.reservation_status) returns boolean
language sql immutable parallel safe
set search_path = pg_catalog, pg_temp
return status in ('rejected', 'cancelled', 'expired', 'displaced');

comment on function booking.fell_through(booking.reservation_status) is 'Whether a reservation of this status neither takes place nor ever will.';

commit;
