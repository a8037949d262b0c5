begin;
set local role berth_owner;

create function booking.follow_kind() returns trigger
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  perform booking.resolve_rules(new.tenant_id, resource_id => new.id);
  return null;
end
$$;

comment on function booking.follow_kind() is
  'Trigger: a new resource, or one of another kind, gets the rules it goes by.';

create trigger _200_follow_kind_on_insert
  after insert on booking.resources
  for each row execute function booking.follow_kind();
create trigger _200_follow_kind_on_update
  after update of kind on booking.resources
  for each row when (new.kind <> old.kind)
  execute function booking.follow_kind();

commit;
