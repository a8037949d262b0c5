begin;
set local role berth_owner;

create function booking.make_due_changes(due booking.due_reservations[]) returns table (event_type text, changes bigint)
language sql volatile
set search_path = pg_catalog, pg_temp
as $$
  with changed as (
    update booking.reservations r
       set status = d.to_status
      from unnest(due) d
     where r.tenant_id = d.tenant_id and r.id = d.id
    returning r.status
  )
  select 'reservation.' || c.status, count(*)
    from changed c
   group by c.status
$$;

comment on function booking.make_due_changes(booking.due_reservations[]) is
  'Gives reservations the status that time has made due, all or none; returns how many of each. The caller holds '
  'their locks.';

commit;
