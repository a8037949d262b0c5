begin;
set local role berth_owner;

create function booking.lock_blackout(request booking.request, blackout_id uuid, expected_version integer) returns booking.blackouts
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_blackout booking.blackouts;
begin
  select b.* into v_blackout
    from booking.blackouts b
   where b.tenant_id = request.tenant_id and b.id = blackout_id;
  if not found then
    perform booking.raise_error(404, 'not_found', 'There is no such blackout.', pg_catalog.jsonb_build_object('blackout_id', blackout_id));
  end if;
  -- The resource first, as everywhere.
  perform booking.lock_resources(request.tenant_id, array[v_blackout.resource_id], in_full => true);
  select b.* into v_blackout
    from booking.blackouts b
   where b.tenant_id = request.tenant_id and b.id = blackout_id
     for update;
  perform booking.check_version(v_blackout.version, expected_version);
  if v_blackout.lifted_at is not null or v_blackout.ends_at <= booking.now() then
    perform booking.raise_error(409, 'invalid_transition', 'It blocks nothing any more; make a new one.',
      pg_catalog.jsonb_build_object('status', case when v_blackout.lifted_at is null then 'ended' else 'lifted' end));
  end if;
  return v_blackout;
end
$$;

comment on function booking.lock_blackout(booking.request, uuid, integer) is
  'Locks a blackout that still blocks, after its resource. 404 not_found; 409 version_conflict, invalid_transition '
  '(lifted or ended).';

commit;
