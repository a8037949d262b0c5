begin;
set local role berth_owner;

create function booking.complete_waitlist_entry() returns trigger
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  if tg_op = 'UPDATE' then
    if (new.tenant_id, new.id, new.resource_id) is distinct from (old.tenant_id, old.id, old.resource_id) then
      perform booking.raise_error(400, 'invalid_argument', 'A waitlist entry keeps its id, its tenant and its resource.', '{"argument": "id"}');
    end if;
    -- To forget what somebody called it is nothing that happened to it.
    new.version := old.version + case when pg_catalog.to_jsonb(new) - 'title' = pg_catalog.to_jsonb(old) - 'title' then 0 else 1 end;
    new.created_at := old.created_at;
    new.updated_at := booking.now();
  else
    new.version := 1;
    new.expires_at := least(new.expires_at, new.ends_at);
  end if;
  return new;
end
$$;

comment on function booking.complete_waitlist_entry() is
  'Trigger: the id, the tenant and the resource stay; every change but of the title raises the version; nobody waits '
  'longer than for the end of the range.';

create trigger _100_complete_waitlist_entry
  before insert or update on booking.waitlist_entries
  for each row execute function booking.complete_waitlist_entry();

commit;
