begin;
set local role berth_owner;

create function booking.emit_resource_event() returns trigger
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_resource jsonb := pg_catalog.to_jsonb(case when tg_op = 'DELETE' then old else new end) - 'claims_kept_since';
begin
  insert into booking.events (tenant_id, type, resource_id, subject, previous)
  values (
    (v_resource ->> 'tenant_id')::uuid,
    'resource.' || case tg_op when 'INSERT' then 'created' when 'UPDATE' then 'updated' else 'deleted' end,
    (v_resource ->> 'id')::uuid,
    v_resource,
    case when tg_op = 'UPDATE' then booking.changed_fields(pg_catalog.to_jsonb(old) - 'claims_kept_since', v_resource) else '{}' end);
  return null;
end
$$;

comment on function booking.emit_resource_event() is 'Trigger: one event for each change of a resource.';

create trigger _100_emit_event
  after insert or delete on booking.resources
  for each row execute function booking.emit_resource_event();

-- That its past is kept no longer is no change of it.
create trigger _100_emit_event_on_update
  after update on booking.resources
  for each row when (new.claims_kept_since is not distinct from old.claims_kept_since)
  execute function booking.emit_resource_event();

commit;
