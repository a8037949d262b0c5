begin;
set local role berth_owner;

create function booking.lock_resources(tenant_id uuid, resource_ids uuid[], in_full boolean default false) returns void
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_locked bigint;
  v_missing uuid[];
begin
  -- Whoever makes several reservations where there are quotas locks in full: a quota's own lock comes after the claims
  -- of the first, and nobody may wait for a claim while holding that.
  if in_full or (pg_catalog.cardinality(resource_ids) > 1 and booking.has_quotas(tenant_id, resource_ids)) then
    perform from booking.resources s
      where s.tenant_id = lock_resources.tenant_id and s.id = any (resource_ids)
      order by s.id
        for update;
  else
    perform from booking.resources s
      where s.tenant_id = lock_resources.tenant_id and s.id = any (resource_ids)
      order by s.id
        for no key update;
  end if;
  get diagnostics v_locked = row_count;
  if v_locked < pg_catalog.cardinality(resource_ids) then
    v_missing := array(
      select i from pg_catalog.unnest(resource_ids) i
       where not exists (select from booking.resources s where s.tenant_id = lock_resources.tenant_id and s.id = i));
    if v_missing <> '{}' then
      perform booking.raise_error(404, 'not_found', 'There is no such resource.', pg_catalog.jsonb_build_object('resource_id', v_missing[1]));
    end if;
  end if;
end
$$;

comment on function booking.lock_resources(uuid, uuid[], boolean) is
  'Locks resources in the order of their ids, as whoever touches several must, or existing claims: no deadlock. In '
  'full, it waits for those who are booking there now too, and keeps others from beginning. 404 not_found.';

commit;
