begin;
set local role berth_owner;

create function booking.find_suspension(tenant_id uuid, user_id uuid, rules booking.booking_rules, timezone text) returns jsonb
language plpgsql stable
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan -- planning would take longer than the work
as $$
declare
  v_now timestamptz := booking.now();
  v_from timestamptz := booking.add_elapsed(v_now, -rules.no_show_window);
  v_count bigint;
  v_until timestamptz;
begin
  if rules.max_no_shows is null then
    return null;
  end if;
  -- They are in good standing again once the limit is no longer reached, that is when the max_no_shows-th latest one
  -- lapses.
  select pg_catalog.count(*),
         booking.add_elapsed((pg_catalog.array_agg(r.starts_at order by r.starts_at desc))[rules.max_no_shows], rules.no_show_window)
    into v_count, v_until
    from booking.reservations r
   where r.tenant_id = find_suspension.tenant_id and r.owner_id = find_suspension.user_id and r.status = 'no_show'
     and r.starts_at > v_from and r.starts_at <= v_now;
  if v_count < rules.max_no_shows then
    return null;
  end if;
  return pg_catalog.jsonb_build_object(
    'code', 'suspended', 'limit', rules.max_no_shows, 'no_shows', v_count, 'until', v_until,
    'hint', pg_catalog.format('After %s no-shows you can make no reservation until %s; ask a manager.',
      v_count, booking.local_time_text(v_until, timezone, v_now)));
end
$$;

comment on function booking.find_suspension(uuid, uuid, booking.booking_rules, text) is
  'The violation suspended of a member whose no-shows have reached max_no_shows within no_show_window; null for '
  'others.';

commit;
