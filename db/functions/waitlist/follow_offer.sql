begin;
set local role berth_owner;

create function booking.follow_offer() returns trigger
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_entry booking.waitlist_entries;
begin
  update booking.waitlist_entries w
     set status = case when tg_op = 'DELETE' then 'declined'
                       when new.status = 'cancelled' then 'declined'
                       when new.status = 'expired' then 'expired'
                       when new.status = 'displaced' then 'waiting'
                       else 'accepted' end::booking.waitlist_status
   where w.tenant_id = old.tenant_id and w.id = old.waitlist_entry_id and w.status = 'offered'
  returning * into v_entry;
  if v_entry.status = 'waiting' and v_entry.duration is not null then
    -- There may be another place for them.
    insert into booking.waitlist_scans (tenant_id, resource_id, freed, priority, turn)
    values (v_entry.tenant_id, v_entry.resource_id, pg_catalog.tstzmultirange(pg_catalog.tstzrange(v_entry.starts_at, v_entry.ends_at)), v_entry.priority, v_entry.turn - 1);
  end if;
  return null;
end
$$;

comment on function booking.follow_offer() is
  'Trigger: a waitlist entry follows what becomes of its offer. Displaced by a higher priority, it waits again, in '
  'its old turn.';

create trigger _200_follow_offer_on_update
  after update of status on booking.reservations
  for each row when (new.waitlist_entry_id is not null and old.status = 'held' and new.status <> 'held')
  execute function booking.follow_offer();

create trigger _200_follow_offer_on_delete
  after delete on booking.reservations
  for each row when (old.waitlist_entry_id is not null and old.status = 'held')
  execute function booking.follow_offer();

commit;
