begin;
set local role berth_owner;

create function booking.refuse_priority(rules booking.booking_rules, priority integer) returns void
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
  perform booking.raise_error(403, 'forbidden',
    pg_catalog.format('Members can ask for a priority of at most %s here. Leave it out, or ask a manager.', rules.max_priority),
    pg_catalog.jsonb_build_object('limit', rules.max_priority, 'priority', priority));
end
$$;

comment on function booking.refuse_priority(booking.booking_rules, integer) is
  'Refuses a member a priority above the rule max_priority: 403 forbidden.';

commit;
