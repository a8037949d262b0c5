begin;
set local role berth_owner;

create function booking.emit_reservation_events() returns trigger
language plpgsql volatile
set search_path = pg_catalog, pg_temp
set enable_nestloop = off -- a plan made for one row would take the square of the time for a thousand
as $$
begin
  -- Notes stay out: the log is for ever, and they are personal.
  if tg_op = 'INSERT' then
    new.notes := null;
    insert into booking.events (tenant_id, type, occurred_at, resource_id, reservation_id, owner_id, subject)
    select new.tenant_id, t.event_type, new.updated_at, new.resource_id, new.id, new.owner_id, pg_catalog.to_jsonb(new)
      from booking.reservation_transitions t
     where t.from_status is null and t.to_status = new.status and new.version = 1;
    if not found then
      perform booking.raise_error(409, 'invalid_transition',
        pg_catalog.format('A reservation cannot be made as %s, version %s.', new.status, new.version),
        pg_catalog.jsonb_build_object('status', null, 'to_status', new.status));
    end if;
  elsif tg_op = 'UPDATE' then
    insert into booking.events (tenant_id, type, occurred_at, resource_id, reservation_id, owner_id, subject, previous)
    select n.tenant_id,
           coalesce(t.event_type,
                    case when (n.resource_id, n.starts_at, n.ends_at, n.units, n.unit)
                              is distinct from (o.resource_id, o.starts_at, o.ends_at, o.units, o.unit)
                         then 'reservation.rescheduled'
                         when n.expires_at <> o.expires_at then 'reservation.hold_extended'
                         else 'reservation.updated' end),
           n.updated_at, n.resource_id, n.id, n.owner_id,
           pg_catalog.to_jsonb(n) || '{"notes": null}',
           booking.changed_fields(pg_catalog.to_jsonb(o) - 'notes', pg_catalog.to_jsonb(n))
      from new_rows n
      join old_rows o on o.tenant_id = n.tenant_id and o.id = n.id
      left join booking.reservation_transitions t on t.from_status = o.status and t.to_status = n.status;
  else
    -- A row that could still change is cancelled by its deletion; one that could not leaves nothing to tell.
    insert into booking.events (tenant_id, type, resource_id, reservation_id, owner_id, subject, previous, reason)
    select o.tenant_id, t.event_type, o.resource_id, o.id, o.owner_id,
           pg_catalog.to_jsonb(o) || pg_catalog.jsonb_build_object('notes', null, 'status', 'cancelled', 'version', o.version + 1),
           pg_catalog.jsonb_build_object('status', o.status),
           coalesce(nullif(pg_catalog.current_setting('booking.reason', true), ''), 'deleted')
      from old_rows o
      join booking.reservation_transitions t on t.from_status = o.status and t.to_status = 'cancelled';
  end if;
  return null;
end
$$;

comment on function booking.emit_reservation_events() is
  'Trigger: one event for each change of a reservation, with who (the token), when, why (booking.reason) and what it was before. '
  'A reservation that no row of booking.reservation_transitions begins is refused: 409 invalid_transition.';

create trigger _900_emit_events_on_insert
  after insert on booking.reservations
  for each row execute function booking.emit_reservation_events();

-- Before the claims, which may displace a reservation that the same statement has changed.
create trigger _400_emit_events_on_update
  after update on booking.reservations
  referencing old table as old_rows new table as new_rows
  for each statement execute function booking.emit_reservation_events();

create trigger _900_emit_events_on_delete
  after delete on booking.reservations
  referencing old table as old_rows
  for each statement execute function booking.emit_reservation_events();

commit;
