begin;
set local role berth_owner;

create function booking.follow_rules() returns trigger
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  if tg_op <> 'INSERT' then
    perform booking.resolve_rules(old.tenant_id, old.kind, old.resource_id);
  end if;
  if tg_op <> 'DELETE' and (tg_op = 'INSERT' or (new.kind, new.resource_id) is distinct from (old.kind, old.resource_id)) then
    perform booking.resolve_rules(new.tenant_id, new.kind, new.resource_id);
  end if;
  return null;
end
$$;

comment on function booking.follow_rules() is
  'Trigger: a changed row of rules, hours or exceptions is resolved for the resources it is for, and those it was for.';

create trigger _100_follow_rules
  after insert or update or delete on booking.booking_rules
  for each row execute function booking.follow_rules();
create trigger _100_follow_rules
  after insert or update or delete on booking.opening_hours
  for each row execute function booking.follow_rules();
create trigger _100_follow_rules
  after insert or update or delete on booking.opening_exceptions
  for each row execute function booking.follow_rules();

commit;
