begin;
set local role berth_owner;

create function booking.may_be_offered(resource booking.resources, rules booking.booking_rules, entry booking.waitlist_entries) returns boolean
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return exists (
    select
      from booking.members m
     where m.tenant_id = entry.tenant_id and m.user_id = entry.owner_id
       and (rules.max_no_shows is null or m.role <> 'member'
            or booking.find_suspension(entry.tenant_id, entry.owner_id, rules, resource.timezone) is null));
end
$$;

comment on function booking.may_be_offered(booking.resources, booking.booking_rules, booking.waitlist_entries) is
  'Whether somebody who waits can be offered anything: a member still, and not suspended.';

commit;
