begin;
set local role berth_owner;

create function booking.waitlist_position(entry booking.waitlist_entries) returns bigint
language sql stable security definer
set search_path = pg_catalog, pg_temp
as $$
  select 1 + count(*)
    from booking.waitlist_entries w
   where entry.status = 'waiting'
     and w.tenant_id = entry.tenant_id and w.resource_id = entry.resource_id and w.status = 'waiting' and w.expires_at > booking.now()
     and w.starts_at < entry.ends_at and w.ends_at > entry.starts_at
     and (w.priority > entry.priority or (w.priority = entry.priority and w.turn < entry.turn))
  having entry.status = 'waiting'
$$;

comment on function booking.waitlist_position(booking.waitlist_entries) is
  'The place of a waiting entry: 1, and one more for each that wants some of the same time before it. Null for one '
  'that no longer waits.';
grant execute on function booking.waitlist_position(booking.waitlist_entries) to authenticated, service_role;

commit;
