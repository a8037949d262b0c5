begin;
set local role berth_owner;

create function booking.offer_freed() returns trigger
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_withheld boolean;
begin
  if tg_op = 'DELETE' then
    -- A DBA's: other changes have locked the resource already, and so has who is just joining. Whoever has it and waits
    -- for these very rows goes on when they are gone, and finds the time free.
    perform booking.lock_resources_late(pg_catalog.array_agg(o.tenant_id), pg_catalog.array_agg(o.resource_id)) from old_rows o;
  end if;
  -- As nearly always, and on the way of every change: nobody waits.
  if not exists (select
                   from old_rows o
                  cross join lateral (
                        -- One by the index: a join would read all who wait in the tenant.
                        select
                          from booking.waitlist_entries w
                         where w.tenant_id = o.tenant_id and w.resource_id = o.resource_id and w.status = 'waiting'
                         limit 1) w) then
    return null;
  end if;
  if tg_op = 'UPDATE' then
    -- Of what the trigger's arguments name, nothing may be other than it was.
    if not exists (select
                     from old_rows o
                     join new_rows n on n.tenant_id = o.tenant_id and n.id = o.id
                    cross join pg_catalog.unnest(tg_argv) c
                    where pg_catalog.to_jsonb(o) -> c is distinct from pg_catalog.to_jsonb(n) -> c) then
      return null;
    end if;
  end if;
  v_withheld := booking.withhold_offers();
  perform booking.offer_time(s, o.freed)
     from (select o.tenant_id, o.resource_id,
                  pg_catalog.range_agg(booking.taken_range(o.starts_at, o.ends_at,
                    coalesce((pg_catalog.to_jsonb(o) ->> 'buffer_before')::interval, '0'),
                    coalesce((pg_catalog.to_jsonb(o) ->> 'buffer_after')::interval, '0'))) as freed
             from old_rows o
            group by o.tenant_id, o.resource_id) o
     join booking.resources s on s.tenant_id = o.tenant_id and s.id = o.resource_id;
  perform booking.offer_withheld(v_withheld);
  return null;
end
$$;

comment on function booking.offer_freed() is
  'Trigger: what reservations or blackouts leave is offered to those who wait for it, once the claims of the whole '
  'statement are as they should be.';

create trigger _600_offer_freed_on_update
  after update on booking.reservations
  referencing old table as old_rows new table as new_rows
  for each statement execute function booking.offer_freed(
    'status', 'resource_id', 'starts_at', 'ends_at', 'units', 'unit', 'buffer_before', 'buffer_after');

create trigger _600_offer_freed_on_delete
  after delete on booking.reservations
  referencing old table as old_rows
  for each statement execute function booking.offer_freed();

create trigger _600_offer_freed_on_update
  after update on booking.blackouts
  referencing old table as old_rows new table as new_rows
  for each statement execute function booking.offer_freed('lifted_at', 'starts_at', 'ends_at');

create trigger _600_offer_freed_on_delete
  after delete on booking.blackouts
  referencing old table as old_rows
  for each statement execute function booking.offer_freed();

commit;
