begin;
set local role berth_owner;

create function booking.emit_reservation_events() returns trigger
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  -- Notes stay out: the log is for ever, and they are personal.
  v_subject jsonb := pg_catalog.to_jsonb(new) || '{"notes": null}';
  v_event_type text;
begin
  if tg_op = 'UPDATE' then
    if new.status <> old.status then
      select t.event_type into v_event_type
        from booking.reservation_transitions t
       where t.from_status = old.status and t.to_status = new.status;
    end if;
    insert into booking.events (tenant_id, type, occurred_at, resource_id, reservation_id, owner_id, subject, previous)
    values (
      new.tenant_id,
      coalesce(v_event_type,
               case when (new.resource_id, new.starts_at, new.ends_at, new.units, new.unit)
                         is distinct from (old.resource_id, old.starts_at, old.ends_at, old.units, old.unit)
                    then 'reservation.rescheduled'
                    when new.expires_at <> old.expires_at then 'reservation.hold_extended'
                    else 'reservation.updated' end),
      new.updated_at, new.resource_id, new.id, new.owner_id,
      v_subject, booking.changed_fields(pg_catalog.to_jsonb(old) - 'notes', v_subject));
  else
    -- A row that could still change is cancelled by its deletion; one that could not leaves nothing to tell.
    insert into booking.events (tenant_id, type, resource_id, reservation_id, owner_id, subject, previous, reason)
    select old.tenant_id, t.event_type, old.resource_id, old.id, old.owner_id,
           pg_catalog.to_jsonb(old) || pg_catalog.jsonb_build_object('notes', null, 'status', 'cancelled', 'version', old.version + 1),
           pg_catalog.jsonb_build_object('status', old.status),
           coalesce(nullif(pg_catalog.current_setting('booking.reason', true), ''), 'deleted')
      from booking.reservation_transitions t
     where t.from_status = old.status and t.to_status = 'cancelled';
  end if;
  return null;
end
$$;

comment on function booking.emit_reservation_events() is
  'Trigger: one event for each change of a reservation, with who (the token), when, why (booking.reason) and what it '
  'was before. enter_reservation() tells how it began.';

-- The first of all, row by row: what follows from a change comes after it in the log.
create trigger _100_emit_event_on_update
  after update on booking.reservations
  for each row execute function booking.emit_reservation_events();

create trigger _100_emit_event_on_delete
  after delete on booking.reservations
  for each row execute function booking.emit_reservation_events();

commit;
