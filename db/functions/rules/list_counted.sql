begin;
set local role berth_owner;

create function booking.list_counted(
  counted booking.counted_reservations[],
  resource booking.resources,
  scope text,
  owner_id uuid
) returns setof booking.counted_reservations
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return query
  select c.*
    from pg_catalog.unnest(counted) c
   where c.owner_id = list_counted.owner_id
     and case scope
           when 'resource' then c.resource_id = resource.id
           when 'kind' then c.resource_id in (
             select s.id from booking.resources s where s.tenant_id = resource.tenant_id and s.kind = resource.kind)
           else true end;
end
$$;

comment on function booking.list_counted(booking.counted_reservations[], booking.resources, text, uuid) is
  'Those of a member''s reservations that a rule on this resource counts, by what its row is for: the resource, the '
  'kind '
  'or the tenant.';

commit;
