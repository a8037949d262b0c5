begin;
set local role berth_owner;

create function booking.lock_operations(request booking.request, operations jsonb) returns void
language plpgsql volatile
set search_path = ''
as $$
begin
  -- What one phone has sent twice waits here, and then finds itself done.
  perform pg_catalog.pg_advisory_xact_lock(
    pg_catalog.hashtextextended(request.tenant_id::text || request.user_id::text || ' sync', 0));
  perform booking.lock_reservations(
    request.tenant_id,
    array(select distinct booking.read_uuid(o ->> 'id') from pg_catalog.jsonb_array_elements(operations) o),
    -- Once an operation, not once a resource: several that take time lock in full where there are quotas.
    array(select s.id
            from pg_catalog.jsonb_array_elements(operations) o
            left join booking.reservations r on r.tenant_id = request.tenant_id and r.id = booking.read_uuid(o ->> 'id')
            join booking.resources s on s.tenant_id = request.tenant_id and s.id in (booking.read_uuid(o ->> 'resource_id'), r.resource_id)));
end
$$;

comment on function booking.lock_operations(booking.request, jsonb) is
  'Locks all that the operations of a list are about and that is there, before the first is applied and in the one order: no deadlock.';

commit;
