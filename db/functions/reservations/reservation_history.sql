begin;
set local role berth_owner;

create function api.reservation_history(reservation_id uuid) returns table (
  occurred_at timestamptz,
  type text,
  actor_id uuid,
  actor_name text,
  status booking.reservation_status,
  version integer,
  reason text,
  override boolean,
  changes jsonb,
  event_id uuid
)
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_member booking.members := booking.enter_tenant();
begin
  return query
  select e.occurred_at, e.type, e.actor_id, m.display_name,
         (e.subject ->> 'status')::booking.reservation_status, (e.subject ->> 'version')::integer, e.reason, e.override,
         (select coalesce(pg_catalog.jsonb_object_agg(p.key, pg_catalog.jsonb_build_object('from', p.value, 'to', e.subject -> p.key)), '{}')
            from pg_catalog.jsonb_each(e.previous) p),
         e.id
    from booking.events e
    left join booking.members m on m.tenant_id = e.tenant_id and m.user_id = e.actor_id
   where e.tenant_id = v_member.tenant_id and e.reservation_id = reservation_history.reservation_id
     and (e.owner_id = v_member.user_id or v_member.role >= 'approver')
   order by e.seq;
  if not found
     and not exists (select from booking.reservations r
                      where r.tenant_id = v_member.tenant_id and r.id = reservation_history.reservation_id
                        and (r.owner_id = v_member.user_id or v_member.role >= 'approver')) then
    perform booking.raise_error(404, 'not_found', 'There is no such reservation among those you may see.',
      pg_catalog.jsonb_build_object('reservation_id', reservation_id));
  end if;
end
$$;

comment on function api.reservation_history(uuid) is
  'All that happened to a reservation, as far back as the tenant keeps events, in order: when, what (the event''s '
  'type), who (null: nobody; time did it, or a DBA), the status and version it then had, why, whether a manager '
  'overrode the rules, '
  'and changes: {field: {"from", "to"}}. For its owner, and approvers and above; 404 not_found for others.';
grant execute on function api.reservation_history(uuid) to authenticated, service_role;

commit;
