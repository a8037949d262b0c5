begin;
set local role berth_owner;

create function booking.change_status(
  tenant_id uuid,
  reservation_ids uuid[],
  to_status booking.reservation_status,
  reason text,
  actor_id uuid
) returns void
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  -- The request under way goes on afterwards in its own name.
  v_before jsonb := booking.swap_settings(
    pg_catalog.jsonb_build_object('user_id', actor_id, 'reason', reason, 'override', null));
begin
  update booking.reservations r
     set status = to_status
   where r.tenant_id = change_status.tenant_id and r.id = any (reservation_ids);
  perform booking.swap_settings(v_before);
end
$$;

comment on function booking.change_status(uuid, uuid[], booking.reservation_status, text, uuid) is
  'Changes reservations other than the one a request is about: their events tell this reason and actor (null: '
  'nobody), not the request''s own. The caller holds the lock of their resource.';

commit;
