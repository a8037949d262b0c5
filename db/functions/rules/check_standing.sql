begin;
set local role berth_owner;

create function booking.check_standing(
  tenant_id uuid,
  user_id uuid,
  role booking.member_role,
  resource booking.resources,
  priority integer
) returns boolean
language plpgsql stable
set search_path = ''
as $$
declare
  v_rules booking.booking_rules;
  v_count bigint;
  v_until timestamptz;
begin
  if role > 'member' then
    return true;
  end if;
  v_rules := booking.find_rules(resource);
  if priority > v_rules.max_priority then
    perform booking.raise_error(403, 'forbidden',
      pg_catalog.format('Members give a priority of at most %s here.', v_rules.max_priority),
      pg_catalog.jsonb_build_object('limit', v_rules.max_priority, 'priority', priority));
  end if;
  if v_rules.max_no_shows is null then
    return true;
  end if;
  -- They are in good standing again once the limit is no longer reached, that is when the max_no_shows-th latest one lapses.
  select pg_catalog.count(*),
         booking.add_elapsed((pg_catalog.array_agg(r.starts_at order by r.starts_at desc))[v_rules.max_no_shows], v_rules.no_show_window)
    into v_count, v_until
    from booking.reservations r
   where r.tenant_id = check_standing.tenant_id and r.owner_id = check_standing.user_id and r.status = 'no_show'
     and r.starts_at > booking.add_elapsed(booking.now(), -v_rules.no_show_window) and r.starts_at <= booking.now();
  if v_count >= v_rules.max_no_shows then
    perform booking.raise_error(422, 'suspended',
      pg_catalog.format('After %s no-shows you can make no reservation until %s; ask a manager.',
        v_count, booking.local_time_text(v_until, resource.timezone, booking.now())),
      pg_catalog.jsonb_build_object('limit', v_rules.max_no_shows, 'no_shows', v_count, 'until', v_until));
  end if;
  return true;
end
$$;

comment on function booking.check_standing(uuid, uuid, booking.member_role, booking.resources, integer) is
  'True if the rules let this person ask; approvers and above always. A member''s priority above max_priority is 403 forbidden; '
  'whose no-shows have reached max_no_shows within no_show_window makes no reservation: 422 suspended, until when in details.';

commit;
