begin;
set local role berth_owner;

create function booking.follow_offer() returns trigger
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  update booking.waitlist_entries w
     set status = case when tg_op = 'DELETE' then 'declined'
                       when new.status = 'cancelled' then 'declined'
                       when new.status = 'expired' then 'expired'
                       when new.status = 'displaced' then 'waiting'
                       else 'accepted' end::booking.waitlist_status
   where w.tenant_id = old.tenant_id and w.id = old.waitlist_entry_id and w.status = 'offered';
  return null;
end
$$;

comment on function booking.follow_offer() is
  'Trigger: a waitlist entry follows what becomes of its offer. Displaced by a higher priority, it waits again, in its old turn.';

create trigger _200_follow_offer_on_update
  after update of status on booking.reservations
  for each row when (new.waitlist_entry_id is not null and old.status = 'held' and new.status <> 'held')
  execute function booking.follow_offer();

create trigger _200_follow_offer_on_delete
  after delete on booking.reservations
  for each row when (old.waitlist_entry_id is not null and old.status = 'held')
  execute function booking.follow_offer();

commit;
