begin;
set local role berth_owner;

create function booking.lock_waitlist_entry(request booking.request, entry_id uuid) returns booking.waitlist_entries
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_entry booking.waitlist_entries;
begin
  select w.* into v_entry
    from booking.waitlist_entries w
   where w.tenant_id = request.tenant_id and w.id = entry_id and w.owner_id = request.user_id;
  if not found then
    perform booking.raise_error(404, 'not_found', 'There is no such entry of yours on the waitlist.',
      pg_catalog.jsonb_build_object('entry_id', entry_id));
  end if;
  -- The resource first, as everywhere; who offers holds it.
  perform booking.lock_resources(request.tenant_id, array[v_entry.resource_id]);
  select w.* into v_entry
    from booking.waitlist_entries w
   where w.tenant_id = request.tenant_id and w.id = entry_id
     for update;
  return v_entry;
end
$$;

comment on function booking.lock_waitlist_entry(booking.request, uuid) is
  'Locks one''s own waitlist entry, after its resource. 404 not_found for any other.';

commit;
