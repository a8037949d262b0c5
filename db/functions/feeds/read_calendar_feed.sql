begin;
set local role berth_owner;

create function booking.read_calendar_feed(token text) returns jsonb
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_id uuid := booking.enter_token(token);
  v_feed booking.calendar_feeds;
  v_role booking.member_role;
  v_begin timestamptz := booking.now() - interval '90 days';
  v_end timestamptz := booking.now() + interval '2 years';
begin
  if v_id is null then
    return null;
  end if;
  select f.* into v_feed
    from booking.calendar_feeds f
   where f.tenant_id = pg_catalog.current_setting('booking.tenant_id')::uuid
     and f.id = v_id
     and booking.hash_token(token) = any (f.token_hashes);
  if not found then
    return null;
  end if;
  select m.role into v_role
    from booking.members m
   where m.tenant_id = v_feed.tenant_id and m.user_id = v_feed.user_id;

  return (
    with wanted as (
      select r.*
        from booking.reservations r
       where v_feed.resource_id is null and r.tenant_id = v_feed.tenant_id and r.owner_id = v_feed.user_id
         and r.starts_at < v_end and r.ends_at > v_begin
       union all
      select r.*
        from booking.reservations r
       where r.tenant_id = v_feed.tenant_id and r.resource_id = v_feed.resource_id
         and r.starts_at < v_end and r.ends_at > v_begin
    ), shown as (
      select r.id, r.resource_id, r.starts_at, r.ends_at, r.status, r.status_since, coalesce(nullif(r.title, ''), s.name) as title, r.version, r.updated_at
        from wanted r
        join booking.resources s on s.tenant_id = r.tenant_id and s.id = r.resource_id
       where (r.owner_id = v_feed.user_id or v_role >= 'approver')
         and r.status <> all (booking.lost_statuses())
         and (r.expires_at is null or r.expires_at > booking.now())
       union all
      -- Of others' reservations, as in the calendar, that it is busy; under an id that says the same at every reading,
      -- and nothing else.
      select pg_catalog.encode(pg_catalog.substr(pg_catalog.sha256(pg_catalog.uuid_send(v_feed.id) || pg_catalog.uuid_send(r.id)), 1, 16), 'hex')::uuid,
             r.resource_id, r.starts_at, r.ends_at, 'confirmed', null, 'Busy', r.version, r.updated_at
        from wanted r
        join booking.resources s on s.tenant_id = r.tenant_id and s.id = r.resource_id
       where r.owner_id is distinct from v_feed.user_id and v_role < 'approver'
         and r.status = any (s.blocking_statuses)
         and (r.expires_at is null or r.expires_at > booking.now())
       union all
      select b.id, b.resource_id, b.starts_at, b.ends_at, 'confirmed', null, coalesce(nullif(b.reason, ''), b.kind), b.version, b.updated_at
        from booking.blackouts b
       where b.tenant_id = v_feed.tenant_id and b.resource_id = v_feed.resource_id and b.lifted_at is null
         and b.starts_at < v_end and b.ends_at > v_begin
    ), bounded as (
      select *
        from shown
       order by starts_at, id
       limit 10000
    )
    select pg_catalog.jsonb_build_object(
      'name', coalesce((select s.name from booking.resources s where s.tenant_id = v_feed.tenant_id and s.id = v_feed.resource_id),
                       (select t.name from booking.tenants t where t.id = v_feed.tenant_id)),
      -- What has gone changed it too.
      'updated_at', greatest(v_feed.created_at, (select pg_catalog.max(w.updated_at) from wanted w),
                             (select pg_catalog.max(b.updated_at) from booking.blackouts b
                               where b.tenant_id = v_feed.tenant_id and b.resource_id = v_feed.resource_id and b.starts_at < v_end and b.ends_at > v_begin)),
      'resources', (select coalesce(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object('id', s.id, 'name', s.name, 'timezone', s.timezone)), '[]')
                      from booking.resources s
                     where s.tenant_id = v_feed.tenant_id and s.id in (select b.resource_id from bounded b)),
      'reservations', (select coalesce(pg_catalog.jsonb_agg(pg_catalog.to_jsonb(b) || '{"series_id": null, "original_starts_at": null}' order by b.starts_at, b.id), '[]')
                         from bounded b)));
end
$$;

comment on function booking.read_calendar_feed(text) is
  'What the calendar feed of a token shows, from 90 days ago to two years ahead, as gateway/calendars writes it: '
  '{"name", "updated_at", "resources", "reservations"}; null where the token reads nothing (any more). '
  'Its member''s rights count as they are now: their own reservations, and for approvers and above all, with their '
  'titles; others'' as busy; closures of the resource with their reason. For the gateway.';
grant execute on function booking.read_calendar_feed(text) to berth_gateway;

commit;
