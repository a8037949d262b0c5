begin;
set local role berth_owner;

create function booking.lock_operations(request booking.request, operations jsonb) returns void
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_ids uuid[];
  v_resource_ids uuid[];
begin
  -- What one phone has sent twice waits here, and then finds itself done.
  perform pg_catalog.pg_advisory_xact_lock(
    pg_catalog.hashtextextended(request.tenant_id::text || request.user_id::text || ' sync', 0));
  v_ids := array(select booking.read_uuid(o ->> 'id') from pg_catalog.jsonb_array_elements(operations) o);
  -- Of resources once an operation, not once each: several that take time lock in full where there are quotas.
  v_resource_ids := array(select booking.read_uuid(o ->> 'resource_id') from pg_catalog.jsonb_array_elements(operations) o)
    || array(select r.resource_id
               from pg_catalog.unnest(v_ids) i
               join booking.reservations r on r.tenant_id = request.tenant_id and r.id = i);
  perform booking.lock_reservations(
    request.tenant_id,
    v_ids,
    array(select s.id
            from pg_catalog.unnest(v_resource_ids) i
            join booking.resources s on s.tenant_id = request.tenant_id and s.id = i));
end
$$;

comment on function booking.lock_operations(booking.request, jsonb) is
  'Locks all that the operations of a list are about and that is there, before the first is applied and in the one '
  'order: no deadlock.';

commit;
