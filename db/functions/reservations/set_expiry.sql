begin;
set local role berth_owner;

create function booking.set_expiry() returns trigger
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_rules booking.booking_rules;
begin
  if new.status <> all (booking.expiring_statuses()) then
    new.expires_at := null;
  elsif new.expires_at is null or (tg_op = 'UPDATE' and new.status <> old.status and new.expires_at = old.expires_at) then
    v_rules := booking.find_rules(booking.find_resource(new.tenant_id, new.resource_id));
    new.expires_at := booking.add_elapsed(booking.now(), case new.status when 'held' then v_rules.hold_ttl else v_rules.pencil_ttl end);
    if tg_op = 'UPDATE' then
      -- What it was held for before counts.
      new.expires_at := least(new.expires_at, booking.latest_expiry(v_rules, old, new.status, false));
    end if;
  end if;
  return new;
end
$$;

comment on function booking.set_expiry() is
  'Trigger: a held or pencilled reservation expires when it says, or else after the rule''s hold_ttl or pencil_ttl, '
  'within max_hold; any other never does.';

-- The usual booking, confirmed at once, does not come here.
create trigger _200_set_expiry_on_insert
  before insert on booking.reservations
  for each row when (new.status in ('held', 'pencilled') or new.expires_at is not null)
  execute function booking.set_expiry();

create trigger _200_set_expiry_on_update
  before update on booking.reservations
  for each row when (new.status <> old.status or new.expires_at is distinct from old.expires_at)
  execute function booking.set_expiry();

commit;
