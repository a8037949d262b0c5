begin;
set local role berth_owner;

create function booking.complete_series() returns trigger
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  if tg_op = 'UPDATE' then
    if (new.tenant_id, new.id) is distinct from (old.tenant_id, old.id) then
      perform booking.raise_error(400, 'invalid_argument', 'A series keeps its id and its tenant.', '{"argument": "id"}');
    end if;
    new.version := old.version + 1;
    new.created_at := old.created_at;
    new.updated_at := booking.now();
  else
    new.version := 1;
  end if;
  if new.rrule is not null and (tg_op = 'INSERT' or new.rrule is distinct from old.rrule) then
    perform booking.parse_rrule(new.rrule);
    -- As parse_rrule() reads it: whoever else reads the rule, such as a calendar, may know no second 60.
    new.rrule := pg_catalog.regexp_replace(new.rrule, '(UNTIL=[0-9]{8}T[0-9]{4})60Z', '\159Z', 'i');
    new.rrule := pg_catalog.regexp_replace(new.rrule, '(BYSECOND=([0-9]+,)*)60', '\159', 'i');
  end if;
  if (tg_op = 'INSERT' or new.timezone <> old.timezone)
     -- To look a name up takes long; the resource's was looked up.
     and not exists (select from booking.resources s
                      where s.tenant_id = new.tenant_id and s.id = new.resource_id and s.timezone = new.timezone) then
    perform booking.check_timezone(new.timezone);
  end if;
  return new;
end
$$;

comment on function booking.complete_series() is
  'Trigger: the id and the tenant stay, every change raises the version, and no rule has a second 60. 400 '
  'invalid_recurrence, unknown_timezone.';

create trigger _100_complete_series
  before insert or update on booking.series
  for each row execute function booking.complete_series();

commit;
