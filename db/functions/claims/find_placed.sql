begin;
set local role berth_owner;

create function booking.find_placed(resource booking.resources, during tstzrange, exclude_ids uuid[])
returns table (unit integer, taken tstzrange, source_id uuid, is_fixed boolean)
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select c.unit, c.taken, c.source_id,
         r.id is null or r.unit is not null
    from booking.find_conflicts(resource.tenant_id, resource.id, during, exclude_ids) c
    left join booking.reservations r on r.tenant_id = resource.tenant_id and r.id = c.source_id
$$;

comment on function booking.find_placed(booking.resources, tstzrange, uuid[]) is
  'As find_conflicts(), and whether the claim must stay on its unit: a pinned one, or a blackout''s.';

commit;
