begin;
set local role berth_owner;

create function api.series_occurrences(series_id uuid) returns table (
  original_starts_at timestamptz,
  reservation_id uuid,
  starts_at timestamptz,
  ends_at timestamptz,
  resource_id uuid,
  title text,
  status booking.reservation_status
)
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_member booking.members := booking.enter_tenant();
  v_series booking.series := booking.find_series(v_member.tenant_id, v_member.user_id, v_member.role, series_id);
begin
  return query
  select coalesce(r.original_starts_at, o.starts_at), r.id, coalesce(r.starts_at, o.starts_at), coalesce(r.ends_at, o.ends_at),
         coalesce(r.resource_id, v_series.resource_id), coalesce(r.title, v_series.title)::text, r.status
    from booking.list_occurrences(v_series) o
    full join (
         select s.*,
                pg_catalog.row_number() over (
                  partition by s.original_starts_at order by booking.fell_through(s.status), s.status_since desc, s.version desc, s.id) as rank
           from booking.reservations s
          where s.tenant_id = v_series.tenant_id and s.series_id = v_series.id) r
      on r.original_starts_at = o.starts_at
   -- Where a start has another occurrence by now, since the series was moved there, one that fell through is not told.
   where r.id is null or r.rank = 1 or not booking.fell_through(r.status)
   order by 1, 2;
end
$$;

comment on function api.series_occurrences(uuid) is
  'When a series takes place by its rule, and what became of each: the reservation, when and where it is now, and its '
  'status; reservation_id null where it was never to be had. 404 not_found.';
grant execute on function api.series_occurrences(uuid) to authenticated, service_role;

commit;
