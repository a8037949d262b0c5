begin;
set local role berth_owner;

create function booking.complete_blackout() returns trigger
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_resource booking.resources;
begin
  -- In full, and before the foreign key takes its share: whoever is booking there now is waited for, and two blackouts
  -- do not wait for each other.
  select s.* into v_resource from booking.resources s where s.tenant_id = new.tenant_id and s.id = new.resource_id for update;
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
  if tg_op = 'INSERT' or new.starts_at < old.starts_at then
    perform booking.refuse_past(v_resource, new.starts_at);
  end if;
  return new;
end
$$;

comment on function booking.complete_blackout() is
  'Trigger: locks the resource; the id, the tenant and the resource stay; every change raises the version. None '
  'begins, or is moved to begin, before the resource''s claims are kept: 422 too_soon.';

create trigger _100_complete_blackout
  before insert or update on booking.blackouts
  for each row execute function booking.complete_blackout();

commit;
