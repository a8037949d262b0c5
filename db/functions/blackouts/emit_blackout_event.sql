begin;
set local role berth_owner;

create function booking.emit_blackout_event() returns trigger
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_blackout booking.blackouts := case when tg_op = 'DELETE' then old else new end;
begin
  if tg_op = 'DELETE' and old.lifted_at is not null then
    return null;
  end if;
  insert into booking.events (tenant_id, type, resource_id, subject, previous, reason)
  values (
    v_blackout.tenant_id,
    case when tg_op = 'INSERT' then 'blackout.created'
         when tg_op = 'DELETE' or (new.lifted_at is not null and old.lifted_at is null) then 'blackout.lifted'
         else 'blackout.rescheduled' end,
    v_blackout.resource_id,
    pg_catalog.to_jsonb(v_blackout),
    case when tg_op = 'UPDATE' then booking.changed_fields(pg_catalog.to_jsonb(old), pg_catalog.to_jsonb(new)) else '{}' end,
    coalesce(nullif(pg_catalog.current_setting('booking.reason', true), ''),
             case tg_op when 'DELETE' then 'deleted' else nullif(v_blackout.reason, '') end));
  return null;
end
$$;

comment on function booking.emit_blackout_event() is 'Trigger: one event for each change of a blackout.';

create trigger _100_emit_event
  after insert or update or delete on booking.blackouts
  for each row execute function booking.emit_blackout_event();

commit;
