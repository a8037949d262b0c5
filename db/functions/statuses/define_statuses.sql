begin;
set local role berth_owner;

create function booking.define_statuses(name text, statuses booking.reservation_status[]) returns void
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  execute pg_catalog.format(
    'create function booking.%I() returns booking.reservation_status[] '
    'language sql immutable parallel safe set search_path = pg_catalog, pg_temp '
    'return %L::booking.reservation_status[]', name, statuses);
end
$$;

comment on function booking.define_statuses(text, booking.reservation_status[]) is
  'Makes a function of this name that returns these statuses: a constant for plans, for a set of reservation_statuses.';

commit;
