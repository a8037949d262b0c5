begin;
set local role berth_owner;

create function booking.check_tenant_timezone() returns trigger
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  perform booking.check_timezone(new.timezone);
  return new;
end
$$;

comment on function booking.check_tenant_timezone() is 'Trigger: a tenant''s time zone exists.';

create trigger _100_check_timezone
  before insert or update of timezone on booking.tenants
  for each row execute function booking.check_tenant_timezone();

commit;
