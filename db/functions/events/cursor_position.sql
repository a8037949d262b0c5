begin;
set local role berth_owner;

create function booking.cursor_position(cursor text) returns bigint
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_tenant booking.tenants;
  v_position bigint;
  v_later bigint;
  v_time timestamptz;
begin
  if cursor !~* '^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$' then
    perform booking.raise_error(400, 'invalid_argument',
      'A cursor is what an event carries as its cursor: send one of those, or none.', '{"argument": "after"}');
  end if;
  select t.* into v_tenant
    from booking.tenants t
   where t.id = (select booking.current_tenant_id());
  select p.position into v_position
    from booking.event_positions p
   where p.tenant_id = v_tenant.id and p.event_id = cursor::uuid;
  if v_position < v_tenant.pruned_position or (v_position is null and cursor::uuid <= v_tenant.pruned_id) then
    perform booking.raise_error(410, 'cursor_expired',
      'This cursor has expired. Read the log again from the start, without a cursor.',
      pg_catalog.jsonb_build_object('after', cursor, 'kept_since', v_tenant.events_kept_since));
  end if;
  if v_position is null then
    v_time := pg_catalog.to_timestamp(('x' || pg_catalog.left(pg_catalog.replace(cursor, '-', ''), 12))::bit(48)::bigint / 1000.0);
    -- Its event was lost, in a failover or with a backup, or it was read where the log is further than here. Nothing
    -- that
    -- began before that is still to come, so what is new is all later by the clock; of what has the same millisecond
    -- some
    -- may come twice.
    select pg_catalog.min(p.position) - 1 into v_later
      from booking.event_positions p
     where p.tenant_id = v_tenant.id and p.event_id >= (pg_catalog.left(cursor, 13) || '-0000-0000-000000000000')::uuid;
    v_position := coalesce(v_later, (select p.position
                                       from booking.event_positions p
                                      where p.tenant_id = v_tenant.id
                                      order by p.position desc
                                      limit 1), 0);
    -- Of two servers the clocks need not agree. What got its position after the event was lost was not read, but for
    -- what
    -- the standby had and its positions it had not: that comes twice.
    v_position := least(v_position, booking.epoch_position(v_time - interval '1 minute'));
  end if;
  return v_position;
end
$$;

comment on function booking.cursor_position(text) is
  'Where a reader of the caller''s tenant goes on: after the event with this id; where the log does not know it, after '
  'all that is earlier, and at the latest where the first log epoch began that is younger. '
  '400 invalid_argument where it is no UUID of version 7; 410 cursor_expired.';
grant execute on function booking.cursor_position(text) to authenticated, service_role;

commit;
