begin;
set local role berth_owner;

create function booking.list_remaining(series booking.series, edited_ids uuid[]) returns timestamp[]
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return array(
    select coalesce(o.local_start, r.original_starts_at at time zone series.timezone)
      from booking.reservations r
      left join booking.list_occurrences(series) o on o.starts_at = r.original_starts_at
     where r.tenant_id = series.tenant_id and r.series_id = series.id and r.id <> all (edited_ids) and not booking.fell_through(r.status)
     order by 1);
end
$$;

comment on function booking.list_remaining(booking.series, uuid[]) is
  'The original local starts of those occurrences of a series that took place or will, but for the ones that are '
  'edited.';

commit;
