begin;
set local role berth_owner;

create function booking.emit_waitlist_event() returns trigger
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  insert into booking.events (tenant_id, type, resource_id, owner_id, subject, previous)
  values (
    new.tenant_id,
    'waitlist.' || case new.status when 'waiting' then 'joined' else new.status::text end,
    new.resource_id,
    new.owner_id,
    pg_catalog.to_jsonb(new) - 'turn',
    case when tg_op = 'UPDATE' then booking.changed_fields(pg_catalog.to_jsonb(old), pg_catalog.to_jsonb(new)) else '{}' end);
  return null;
end
$$;

comment on function booking.emit_waitlist_event() is
  'Trigger: one event for each change of a waitlist entry, by the status it then has; who is waiting again, because '
  'somebody of higher priority took what was offered, has joined again.';

create trigger _100_emit_event_on_insert
  after insert on booking.waitlist_entries
  for each row execute function booking.emit_waitlist_event();

create trigger _100_emit_event_on_update
  after update on booking.waitlist_entries
  for each row when (new.version > old.version)
  execute function booking.emit_waitlist_event();

commit;
