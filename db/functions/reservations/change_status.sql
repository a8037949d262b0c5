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
  v_settings text[] := array[
    pg_catalog.current_setting('booking.user_id', true),
    pg_catalog.current_setting('booking.reason', true),
    pg_catalog.current_setting('booking.override', true)];
begin
  -- The request under way goes on afterwards in its own name.
  perform pg_catalog.set_config('booking.user_id', coalesce(actor_id::text, ''), true),
          pg_catalog.set_config('booking.reason', coalesce(reason, ''), true),
          pg_catalog.set_config('booking.override', '', true);
  update booking.reservations r
     set status = to_status
   where r.tenant_id = change_status.tenant_id and r.id = any (reservation_ids);
  perform pg_catalog.set_config('booking.user_id', coalesce(v_settings[1], ''), true),
          pg_catalog.set_config('booking.reason', coalesce(v_settings[2], ''), true),
          pg_catalog.set_config('booking.override', coalesce(v_settings[3], ''), true);
end
$$;

comment on function booking.change_status(uuid, uuid[], booking.reservation_status, text, uuid) is
  'Changes reservations other than the one a request is about: their events tell this reason and actor (null: nobody), not the request''s own. The caller holds the lock of their resource.';

commit;
