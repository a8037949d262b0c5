begin;
set local role berth_owner;

create function booking.enforce_transitions() returns trigger
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  if (new.tenant_id, new.id) is distinct from (old.tenant_id, old.id) then
    perform booking.raise_error(400, 'invalid_argument', 'A reservation keeps its id and its tenant.', '{"argument": "id"}');
  end if;
  if old.expires_at <= booking.now() and new.status <> 'expired' then
    perform booking.refuse_expired(old);
  end if;
  if new.status <> old.status then
    if not exists (select from booking.reservation_transitions t
                    where t.from_status = old.status and t.to_status = new.status) then
      perform booking.raise_error(409, 'invalid_transition',
        pg_catalog.format('A %s reservation cannot become %s.', old.status, new.status),
        pg_catalog.jsonb_build_object('status', old.status, 'to_status', new.status));
    end if;
    if new.status_reason is not distinct from old.status_reason then
      new.status_reason := nullif(pg_catalog.current_setting('booking.reason', true), '');
    end if;
    new.status_since := booking.now();
  elsif (new.resource_id, new.starts_at, new.ends_at, new.units, new.unit, new.buffer_before, new.buffer_after)
        is distinct from (old.resource_id, old.starts_at, old.ends_at, old.units, old.unit, old.buffer_before, old.buffer_after)
    and not exists (select from booking.reservation_transitions t where t.from_status = old.status and t.min_role is not null) then
    perform booking.raise_error(409, 'invalid_transition',
      pg_catalog.format('A %s reservation can no longer be moved.', old.status),
      pg_catalog.jsonb_build_object('status', old.status, 'action', 'reschedule'));
  end if;
  if (new.resource_id, new.starts_at) is distinct from (old.resource_id, old.starts_at) then
    new.moved_at := booking.now();
  end if;
  new.version := old.version + 1;
  new.created_at := old.created_at;
  new.updated_at := booking.now();
  return new;
end
$$;

comment on function booking.enforce_transitions() is
  'Trigger: a reservation changes only by the moves of booking.reservation_transitions (409 invalid_transition), each '
  'raising its version; one that has expired only to expired (409 hold_expired). '
  'How it may begin is seen to by enter_reservation().';

create trigger _100_enforce_transitions
  before update on booking.reservations
  for each row execute function booking.enforce_transitions();

commit;
