begin;
set local role berth_owner;

create function booking.check_count(a booking.assessment, rule text, owner_id uuid) returns void
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_tenant_id uuid := (a.resource).tenant_id;
  v_limit integer := case rule when 'max_waits' then (a.rules).max_waits else (a.rules).max_tentative end;
  v_kind text := case a.scopes ->> rule when 'kind' then (a.resource).kind end;
  v_resource_id uuid := case a.scopes ->> rule when 'resource' then (a.resource).id end;
  v_use bigint;
begin
  -- One after the other. For reservations in turn with the quotas, as the last of all locks: see take_quotas(). Who
  -- joins the waitlist asks before anything else is locked.
  perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended(
    case rule when 'max_waits' then 'waits' else 'quota' end || v_tenant_id || owner_id, 0));
  if rule = 'max_waits' then
    v_use := (
      select pg_catalog.count(*)
        from booking.waitlist_entries w
       where w.tenant_id = v_tenant_id and w.owner_id = check_count.owner_id
         and w.status in ('waiting', 'offered') and w.expires_at > booking.now()
         and (v_resource_id is null or w.resource_id = v_resource_id)
         and (v_kind is null
              or w.resource_id in (select s.id from booking.resources s where s.tenant_id = w.tenant_id and s.kind = v_kind)));
  else
    v_use := (
      select pg_catalog.count(*)
        from booking.reservations r
       where r.tenant_id = v_tenant_id and r.owner_id = check_count.owner_id
         and r.status = any (booking.undecided_statuses()) and r.ends_at > booking.now()
         and r.id <> (a.wanted).id
         and (v_resource_id is null or r.resource_id = v_resource_id)
         and (v_kind is null
              or r.resource_id in (select s.id from booking.resources s where s.tenant_id = r.tenant_id and s.kind = v_kind)));
  end if;
  if v_use >= v_limit then
    perform booking.refuse_violations(pg_catalog.jsonb_build_array(pg_catalog.jsonb_build_object(
      'code', 'quota_exceeded', 'rule', rule, 'limit', v_limit, 'use', v_use,
      'hint', pg_catalog.format(
        case rule when 'max_waits' then 'At most %s entries of the waitlist are possible at once. Leave one of them first.'
                  else 'At most %s tentative or pending reservations are possible at once. Confirm or cancel some of them first.' end, v_limit))));
  end if;
end
$$;

comment on function booking.check_count(booking.assessment, text, uuid) is
  'Refuses a member more than max_waits or max_tentative, whichever the rule is, of what its row is for: 422 '
  'quota_exceeded, with the limit and the use in details. '
  'What is wanted counts as one more, whether it is written already or not.';

commit;
