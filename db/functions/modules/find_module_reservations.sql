begin;
set local role berth_owner;

create function booking.find_module_reservations(module booking.modules, tenant_id uuid, ids text[]) returns setof booking.reservations
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select distinct on (r.source_id) r.*
    from booking.reservations r
   where r.tenant_id = find_module_reservations.tenant_id and r.source_module = module.module and r.source_id = any (ids)
     -- Not those of members, who may call theirs what they like: only the engine books for nobody.
     and r.owner_id is null
     and r.status in (select t.from_status from booking.reservation_transitions t where t.min_role is not null)
     and (r.expires_at is null or r.expires_at > booking.now())
   order by r.source_id, r.created_at desc, r.id
$$;

comment on function booking.find_module_reservations(booking.modules, uuid, text[]) is
  'The reservations that rows of a module''s table have now; one that is cancelled or over is no longer theirs.';

commit;
