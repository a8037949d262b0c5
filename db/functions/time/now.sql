-- The one clock. Tests move it. (PL/pgSQL: that takes a quarter of the time of an SQL function that cannot be inlined.)
begin;
set local role berth_owner;

create function booking.now() returns timestamptz
language plpgsql stable parallel safe
set search_path = pg_catalog, pg_temp
as $$
begin
  return coalesce(nullif(pg_catalog.current_setting('booking.now', true), '')::timestamptz, pg_catalog.now());
end
$$;

comment on function booking.now() is 'The transaction''s time, or the setting booking.now where it is set.';
grant execute on function booking.now() to authenticated, service_role;

commit;
