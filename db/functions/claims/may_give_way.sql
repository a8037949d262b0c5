begin;
set local role berth_owner;

create function booking.may_give_way(resource booking.resources, during tstzrange, priority integer) returns boolean
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return resource.capacity > 1
    or exists (
      select from booking.tenant_claims c
       where c.tenant_id = resource.tenant_id and c.resource_id = resource.id and c.during && may_give_way.during
         and c.expires_at is not null
         and (c.expires_at <= booking.now()
              or (select r.priority from booking.reservations r
                   where r.tenant_id = c.tenant_id and r.id = c.source_id) < may_give_way.priority));
end
$$;

comment on function booking.may_give_way(booking.resources, tstzrange, integer) is
  'Whether what is in the way of a request need not stay so: of a pool, whose units are chosen under its lock anyway, '
  'always; of a single one, where it has expired or may be displaced. '
  'Then all of the resource that has expired is cleared first.';

commit;
