begin;
set local role berth_owner;

create function booking.list_use(tenant_id uuid, resource_ids uuid[], starts_at timestamptz, ends_at timestamptz)
returns table (resource_id uuid, since timestamptz, upto timestamptz, units integer, begins boolean, is_no_show boolean)
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select r.resource_id,
         greatest(r.starts_at, list_use.starts_at),
         -- Given back early, the rest is time for others.
         greatest(r.starts_at, list_use.starts_at,
                  least(r.ends_at, list_use.ends_at, case when r.status <> all (booking.live_statuses()) then r.status_since end)),
         r.units, r.starts_at >= list_use.starts_at, r.status = 'no_show'
    from (select r.*
            from booking.reservations r
           where r.tenant_id = list_use.tenant_id and r.resource_id = any (resource_ids)
             and r.starts_at >= list_use.starts_at - interval '24:00' and r.starts_at < list_use.ends_at and r.ends_at > list_use.starts_at
          union all
          -- Those that began long before: an index has them.
          select r.*
            from booking.reservations r
           where r.tenant_id = list_use.tenant_id and r.resource_id = any (resource_ids)
             and r.starts_at < list_use.starts_at - interval '24:00' and r.ends_at > list_use.starts_at
             and r.ends_at - r.starts_at > interval '24:00') r
   where r.status = any (booking.use_statuses())
$$;

comment on function booking.list_use(uuid, uuid[], timestamptz, timestamptz) is
  'How resources are used in a range: one row a reservation that took place or will, confirmed, checked_in, completed '
  'or no_show, with the part of its time in the range that it has or had; '
  'begins: it begins there. Of one completed early, or a no-show, only the time until then; buffers are no use.';

commit;
