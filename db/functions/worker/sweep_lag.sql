begin;
set local role berth_owner;

create function booking.sweep_lag() returns interval
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    select coalesce(pg_catalog.max(booking.now() - d.due_at), '0')
      from booking.due_reservations d
  );
end
$$;

comment on function booking.sweep_lag() is
  'How long the change that time made due first has waited for booking.sweep(); zero if nothing is due. For a role that sees every tenant.';
grant execute on function booking.sweep_lag() to berth_worker;

commit;
