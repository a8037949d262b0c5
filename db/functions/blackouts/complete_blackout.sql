begin;
set local role berth_owner;

create function booking.complete_blackout() returns trigger
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  -- In full, and before the foreign key takes its share: whoever is booking there now is waited for, and two blackouts
  -- do not wait for each other.
  perform from booking.resources s where s.tenant_id = new.tenant_id and s.id = new.resource_id for update;
  if tg_op = 'UPDATE' then
    if (new.tenant_id, new.id, new.resource_id) is distinct from (old.tenant_id, old.id, old.resource_id) then
      perform booking.raise_error(400, 'invalid_argument', 'A blackout keeps its id, its tenant and its resource.', '{"argument": "id"}');
    end if;
    new.version := old.version + 1;
    new.created_at := old.created_at;
    new.updated_at := booking.now();
  else
    new.version := 1;
  end if;
  return new;
end
$$;

comment on function booking.complete_blackout() is 'Trigger: locks the resource; the id, the tenant and the resource stay; every change raises the version.';

create trigger _100_complete_blackout
  before insert or update on booking.blackouts
  for each row execute function booking.complete_blackout();

commit;
