begin;
set local role berth_owner;

create function booking.offer_capacity() returns trigger
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  if exists (select from booking.waitlist_entries w
              where w.tenant_id = new.tenant_id and w.resource_id = new.id and w.status = 'waiting') then
    perform booking.offer_time(new, '{(,)}');
  end if;
  return null;
end
$$;

comment on function booking.offer_capacity() is
  'Trigger: units that are new, time that no longer blocks, or that other rules and hours allow, is offered to those '
  'who wait.';

create trigger _600_offer_capacity
  after update on booking.resources
  for each row when (new.capacity > old.capacity or new.blocking_statuses <> old.blocking_statuses or (new.is_active and not old.is_active)
                     or new.kind <> old.kind or new.timezone <> old.timezone)
  execute function booking.offer_capacity();

commit;
