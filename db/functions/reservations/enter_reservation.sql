begin;
set local role berth_owner;

create function booking.enter_reservation() returns trigger
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_displaced uuid[] := booking.take_claims(new);
begin
  -- Notes stay out: the log is for ever, and they are personal.
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
  if v_displaced <> '{}' then
    perform booking.displace_claims(new, v_displaced);
  end if;
  return null;
end
$$;

comment on function booking.enter_reservation() is
  'Trigger: a new reservation takes its time, expiring the holds whose time is up, is told to the log, and displaces '
  'who yields to it; in this order, so that the log has cause before effect. '
  'Refuses with 409 slot_taken or blackout if the time cannot be had, and with 409 invalid_transition what no row of '
  'booking.reservation_transitions begins.';

-- One row at a time: an insert touches no existing claim.
create trigger _500_enter_reservation
  after insert on booking.reservations
  for each row execute function booking.enter_reservation();

commit;
