begin;
set local role berth_owner;

create function booking.check_count(resource booking.resources, rules booking.booking_rules, rule text, owner_id uuid) returns void
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_limit integer := case rule when 'max_waits' then rules.max_waits else rules.max_tentative end;
  v_scope booking.booking_rules;
  v_use bigint;
begin
  -- One after the other. For reservations in turn with the quotas, as the last of all locks: see check_quotas(). Who joins the
  -- waitlist asks before anything else is locked.
  perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended(
    case rule when 'max_waits' then 'waits' else 'quota' end || resource.tenant_id || owner_id, 0));
  select r.* into v_scope
    from booking.booking_rules r
   where r.tenant_id = resource.tenant_id
     and (r.resource_id = resource.id or (r.resource_id is null and coalesce(r.kind, resource.kind) = resource.kind))
     and case rule when 'max_waits' then r.max_waits else r.max_tentative end is not null
   order by r.resource_id nulls last, r.kind nulls last
   limit 1;
  if rule = 'max_waits' then
    v_use := 1 + (
      select pg_catalog.count(*)
        from booking.waitlist_entries w
       where w.tenant_id = resource.tenant_id and w.owner_id = check_count.owner_id
         and w.status in ('waiting', 'offered') and w.expires_at > booking.now()
         and (v_scope.resource_id is null or w.resource_id = v_scope.resource_id)
         and (v_scope.kind is null or w.resource_id in (select s.id from booking.resources s where s.tenant_id = w.tenant_id and s.kind = v_scope.kind)));
  else
    v_use := (
      select pg_catalog.count(*)
        from booking.reservations r
       where r.tenant_id = resource.tenant_id and r.owner_id = check_count.owner_id
         and r.status in ('tentative', 'pending') and r.ends_at > booking.now()
         and (v_scope.resource_id is null or r.resource_id = v_scope.resource_id)
         and (v_scope.kind is null or r.resource_id in (select s.id from booking.resources s where s.tenant_id = r.tenant_id and s.kind = v_scope.kind)));
  end if;
  if v_use > v_limit then
    perform booking.refuse_violations(pg_catalog.jsonb_build_array(pg_catalog.jsonb_build_object(
      'code', 'quota_exceeded', 'rule', rule, 'limit', v_limit, 'use', v_use - 1,
      'hint', pg_catalog.format(
        case rule when 'max_waits' then 'At most %s entries of the waitlist are possible at once. Leave one of them first.'
                  else 'At most %s tentative or pending reservations are possible at once. Confirm or cancel some of them first.' end, v_limit))));
  end if;
end
$$;

comment on function booking.check_count(booking.resources, booking.booking_rules, text, uuid) is
  'Refuses a member more than max_waits or max_tentative, whichever the rule is, of what its row is for: 422 quota_exceeded, with the limit and the use in details. '
  'Of reservations it is asked after they are written, and counts them; of waits before.';

commit;
