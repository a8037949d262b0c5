begin;
set local role berth_owner;

create function booking.expire_holds(resource booking.resources) returns void
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_ids uuid[] := array(
    select r.id
      from booking.reservations r
     where r.tenant_id = resource.tenant_id and r.resource_id = resource.id and r.expires_at <= booking.now()
       -- One without claims is in nobody's way; it may even be on its way in.
       and exists (select from booking.claims c where c.tenant_id = r.tenant_id and c.source_id = r.id));
begin
  if v_ids <> '{}' then
    -- Time has done it, not the caller.
    perform booking.change_status(resource.tenant_id, v_ids, 'expired', null, null);
  end if;
end
$$;

comment on function booking.expire_holds(booking.resources) is
  'Does at once what the sweep would do later: holds and pencils of a resource that have expired become expired, and '
  'their time free. The caller holds the lock of the resource.';

commit;
