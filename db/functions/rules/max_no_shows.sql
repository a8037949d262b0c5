begin;
set local role berth_owner;

insert into booking.rule_definitions (rule, ordinal, refuses)
values ('max_no_shows', 70, 'suspended');

create function booking.check_max_no_shows(a booking.assessment) returns jsonb
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
  -- Suspended members keep what they have and get nothing new. Managers who act for them are not bound.
  if (a.request).role = 'member' and a.is_new_time then
    return booking.find_suspension((a.resource).tenant_id, (a.request).user_id, a.rules, (a.resource).timezone);
  end if;
  return null;
end
$$;

comment on function booking.check_max_no_shows(booking.assessment) is
  'What the rule max_no_shows has against it: {"code": "suspended", …}, or null.';

create function booking.narrow_max_no_shows(n booking.narrowing) returns tstzmultirange
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return case
    when (n.member).role = 'member'
     and booking.find_suspension((n.resource).tenant_id, (n.member).user_id, n.rules, (n.resource).timezone) is not null
    then '{}' else n.starts end;
end
$$;

comment on function booking.narrow_max_no_shows(booking.narrowing) is 'All starts, or none for a suspended member.';

commit;
