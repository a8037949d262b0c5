begin;
set local role berth_owner;

create function booking.sweep_lag() returns interval
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    select coalesce(pg_catalog.max(booking.now() - d.due_at), '0')
      from (select r.due_at from booking.due_reservations r
            union all
            select c.created_at from booking.waitlist_scans c) d
  );
end
$$;

comment on function booking.sweep_lag() is
  'How long what was due first has waited for booking.sweep(): a change that time makes, or freed time that has not '
  'been offered to all who wait; zero if nothing is due. For a role that sees every tenant.';
grant execute on function booking.sweep_lag() to berth_worker;

commit;
