begin;
set local role berth_owner;

create function booking.end_waits() returns trigger
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_offered uuid[];
begin
  update booking.waitlist_entries w
     set status = 'left'
   where w.tenant_id = old.tenant_id and w.owner_id = old.user_id and w.status = 'waiting';
  v_offered := array(
    select r.id
      from booking.reservations r
     where r.tenant_id = old.tenant_id and r.owner_id = old.user_id and r.waitlist_entry_id is not null
       -- Accepted, but still to be paid, too.
       and r.status = any (booking.expiring_statuses()));
  if v_offered <> '{}' then
    perform booking.lock_reservations(old.tenant_id, v_offered);
    perform booking.change_status(old.tenant_id, array(
      select r.id
        from booking.reservations r
       where r.tenant_id = old.tenant_id and r.id = any (v_offered) and r.status = any (booking.expiring_statuses())
         and r.expires_at > booking.now()), 'cancelled', null,
      nullif(pg_catalog.current_setting('booking.user_id', true), '')::uuid);
  end if;
  return null;
end
$$;

comment on function booking.end_waits() is
  'Trigger: who is no member any more waits for nothing, and what they were offered, and have not firmly got, is '
  'offered to the next at once.';

create trigger _500_end_waits
  after delete on booking.members
  for each row execute function booking.end_waits();

commit;
