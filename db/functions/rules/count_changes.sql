begin;
set local role berth_owner;

create function booking.count_changes(a booking.assessment, rule text)
returns table (starts_at timestamptz, ends_at timestamptz, change integer)
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
  -- The others that move along, where they are by now.
  v_moved booking.counted_reservations[] := array(
    select n
      from booking.counted_reservations n
     where n.tenant_id = (a.resource).tenant_id and n.id <> (a.wanted).id and n.id <> all (a.exclude_ids)
       and n.id in (select o.id from pg_catalog.unnest(a.replaced) o));
begin
  return query
  select (a.wanted).starts_at, (a.wanted).ends_at, 1
   union all
  select m.starts_at, m.ends_at, 1
    from booking.list_counted(v_moved, a.resource, a.scopes ->> rule, (a.wanted).owner_id) m
   union all
  select o.starts_at, o.ends_at, -1
    from booking.list_counted(a.replaced, a.resource, a.scopes ->> rule, (a.wanted).owner_id) o;
end
$$;

comment on function booking.count_changes(booking.assessment, text) is
  'What a request changes in that which a rule counts of its owner: the bookings that come (change 1) and those that '
  'they replace (-1).';

commit;
