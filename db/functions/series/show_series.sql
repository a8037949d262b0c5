begin;
set local role berth_owner;

create function booking.show_series(tenant_id uuid, series_id uuid, reservation_ids uuid[]) returns jsonb
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return pg_catalog.jsonb_build_object(
    'series_id', series_id,
    'reservations', (
      select coalesce(pg_catalog.jsonb_agg(pg_catalog.to_jsonb(r) order by r.starts_at, r.id), '[]')
        from booking.reservations r
       where r.tenant_id = show_series.tenant_id and r.id = any (reservation_ids)));
end
$$;

comment on function booking.show_series(uuid, uuid, uuid[]) is
  'What the functions that edit a series answer: {"series_id", "reservations": [those that were changed]}; series_id '
  'is the new one where it was split.';

commit;
