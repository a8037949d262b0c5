begin;
set local role berth_owner;

create function booking.list_overlaps(resource booking.resources, reservation_ids uuid[]) returns jsonb
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    with listed as (
      -- Who reads more at once? Each is compared with all of the resource.
      select r.id
        from booking.reservations r
       where r.tenant_id = resource.tenant_id and r.id = any (reservation_ids)
       order by r.starts_at, r.id
       limit 20
    ), blocking as materialized (
      select r.id, booking.add_elapsed(r.starts_at, -r.buffer_before) as starts_at, booking.add_elapsed(r.ends_at, r.buffer_after) as ends_at, r.id in (select l.id from listed l) as is_listed
        from booking.reservations r
       where r.tenant_id = resource.tenant_id and r.resource_id = resource.id and r.status = any (resource.blocking_statuses)
    )
    select coalesce(pg_catalog.jsonb_agg(
             pg_catalog.jsonb_build_object(
               'reservation_ids', case when b.id is null then array[a.id] when (b.starts_at, b.is_listed, b.id) < (a.starts_at, a.is_listed, a.id) then array[b.id, a.id] else array[a.id, b.id] end,
               'starts_at', greatest(a.starts_at, b.starts_at),
               'ends_at', least(a.ends_at, b.ends_at))
             order by greatest(a.starts_at, b.starts_at), a.id, b.id), '[]')
      from blocking a
      -- Each pair once; one that overlaps nothing wants more units than there are, or one that is not.
      left join blocking b on b.starts_at < a.ends_at and b.ends_at > a.starts_at and b.id <> a.id
     where a.is_listed and (b.is_listed is not true or b.id is null or a.id < b.id));
end
$$;

comment on function booking.list_overlaps(booking.resources, uuid[]) is
  'Of these reservations, the first 20, each with every other that blocks the resource at the same time: '
  '[{"reservation_ids": [earlier, later], "starts_at", "ends_at"}], the times being those of the overlap.';

commit;
