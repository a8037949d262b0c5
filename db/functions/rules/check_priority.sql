begin;
set local role berth_owner;

create function booking.check_priority(role booking.member_role, rules booking.booking_rules, priority integer) returns boolean
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
  if role = 'member' and priority > rules.max_priority then
    perform booking.raise_error(403, 'forbidden',
      pg_catalog.format('Members can ask for a priority of at most %s here. Leave it out, or ask a manager.', rules.max_priority),
      pg_catalog.jsonb_build_object('limit', rules.max_priority, 'priority', priority));
  end if;
  return true;
end
$$;

comment on function booking.check_priority(booking.member_role, booking.booking_rules, integer) is
  'True if this role may ask with this priority: a member up to max_priority, others with any. 403 forbidden.';

commit;
