begin;
set local role berth_owner;

create function api.availability_as_of(
  resource_id uuid,
  starts_at timestamptz,
  ends_at timestamptz,
  at timestamptz,
  units integer default 1
) returns jsonb
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_member booking.members := booking.enter_tenant();
  v_resource booking.resources := booking.find_resource(v_member.tenant_id, resource_id);
  v_is_range boolean := booking.check_time_range(starts_at, ends_at, '366 days');
  v_rules booking.booking_rules := booking.find_rules(v_resource);
  v_during tstzrange := booking.taken_range(starts_at, ends_at, v_rules.buffer_before, v_rules.buffer_after);
  v_then jsonb;
  v_reservations booking.reservations[];
  v_blackouts booking.blackouts[];
  v_is_available boolean;
begin
  if at is null or units is null or units < 1 then
    perform booking.raise_error(400, 'invalid_argument', 'Say when it was asked for, and how many units: at least one.',
      pg_catalog.jsonb_build_object('argument', case when at is null then 'at' else 'units' end));
  end if;
  perform booking.check_log(v_member.tenant_id, at, 'at');
  -- The resource too was as the first change since then found it.
  select e.subject || e.previous into v_then
    from booking.events e
   where e.tenant_id = v_resource.tenant_id and e.resource_id = v_resource.id and e.occurred_at > at
     and (e.previous <> '{}' or e.type = 'blackout.lifted') and e.type = 'resource.updated'
   order by e.seq
   limit 1;
  v_resource := pg_catalog.jsonb_populate_record(v_resource, coalesce(v_then, '{}'));

  v_reservations := array(select r from booking.list_reservations_as_of(v_resource, v_during, at) r order by r.starts_at, r.id);
  v_blackouts := array(select b from booking.list_blackouts_as_of(v_resource, v_during, at) b order by b.starts_at, b.id);
  -- Where use rises and falls. A pinned one has its unit for good; the others make room for each other.
  with held as (
    select r.unit, r.units, greatest(booking.add_elapsed(r.starts_at, -r.buffer_before), pg_catalog.lower(v_during)) as since,
           booking.add_elapsed(r.ends_at, r.buffer_after) as upto
      from pg_catalog.unnest(v_reservations) r
  ), steps as (
    select pg_catalog.sum(pg_catalog.sum(e.change)) over (order by e.at) as used
      from held h
     cross join lateral (values (h.since, h.units), (h.upto, -h.units)) e (at, change)
     group by e.at
  )
  select v_blackouts = '{}'
     and coalesce((select pg_catalog.max(s.used) from steps s), 0) + availability_as_of.units <= v_resource.capacity
     and (select pg_catalog.count(distinct h.unit) from held h) + availability_as_of.units <= v_resource.capacity
    into v_is_available;

  return pg_catalog.jsonb_build_object(
    'available', v_is_available,
    'capacity', v_resource.capacity,
    'conflicts', case when v_is_available then '[]' else coalesce((
      select pg_catalog.jsonb_agg(c.conflict order by c.conflict ->> 'starts_at', c.conflict ->> 'kind', c.id)
        from (select r.id, pg_catalog.jsonb_build_object(
                       'resource_id', v_resource.id, 'kind', 'reservation',
                       'starts_at', booking.add_elapsed(r.starts_at, -r.buffer_before), 'ends_at', booking.add_elapsed(r.ends_at, r.buffer_after))
                     -- Whose and what it is only for those who may see it.
                     || case when r.owner_id = v_member.user_id or v_member.role >= 'approver'
                             then pg_catalog.jsonb_build_object('reservation_id', r.id, 'title', r.title, 'status', r.status)
                             else '{}' end as conflict
                from pg_catalog.unnest(v_reservations[1:20]) r
              union all
              select b.id, pg_catalog.jsonb_build_object(
                       'resource_id', v_resource.id, 'kind', 'blackout', 'starts_at', b.starts_at, 'ends_at', b.ends_at,
                       'blackout_id', b.id, 'reason', b.reason)
                from pg_catalog.unnest(v_blackouts[1:20]) b) c), '[]') end);
end
$$;

comment on function api.availability_as_of(uuid, timestamptz, timestamptz, timestamptz, integer) is
  'Why was I refused on Tuesday? Whether time was free at the instant at, from the log: {"available", "capacity", '
  '"conflicts"}, the last as slot_taken tells them, at most 20 of a kind, with kind reservation or blackout, '
  'their titles only for their owner then, and approvers and above. Blackouts, reservations, holds not yet expired, '
  'capacity and blocking statuses are those of then; the buffers of the request are those of the present rules. '
  'Whether other rules would have had it is not asked. 400 invalid_time_range, invalid_argument (more than 366 days; '
  'the log does not go back so far, too: details.kept_since); 404 not_found.';
grant execute on function api.availability_as_of(
  uuid, timestamptz, timestamptz, timestamptz, integer
) to authenticated, service_role;

commit;
