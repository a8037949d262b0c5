begin;
set local role berth_owner;

create function booking.complete_resource() returns trigger
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  if tg_op = 'UPDATE' then
    if (new.tenant_id, new.id) is distinct from (old.tenant_id, old.id) then
      perform booking.raise_error(400, 'invalid_argument', 'A resource keeps its id and its tenant.', '{"argument": "id"}');
    end if;
    if (new.capacity, new.blocking_statuses) is distinct from (old.capacity, old.blocking_statuses) then
      -- Whoever is booking it holds the key share lock of the foreign key: wait until they are through.
      perform from booking.resources s where s.tenant_id = old.tenant_id and s.id = old.id for update;
    end if;
    if new.claims_kept_since is not distinct from old.claims_kept_since then
      new.updated_at := booking.now();
    end if;
  end if;
  if new.timezone is null then
    select t.timezone into new.timezone from booking.tenants t where t.id = new.tenant_id;
  elsif tg_op = 'INSERT' or new.timezone <> old.timezone then
    perform booking.check_timezone(new.timezone);
  end if;
  return new;
end
$$;

comment on function booking.complete_resource() is
  'Trigger: the time zone exists, the tenant''s where none is given; the id stays; updated_at moves, unless only what '
  'is kept of its past changed.';

create trigger _100_complete_resource
  before insert or update on booking.resources
  for each row execute function booking.complete_resource();

commit;
