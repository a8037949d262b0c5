begin;
set local role berth_owner;

create function booking.begin_move(request booking.request, move booking.reservations) returns booking.assessment
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_current booking.reservations := booking.find_reservation(request, move.id, move.version);
  a booking.assessment := booking.begin_assessment(request, coalesce(move.resource_id, v_current.resource_id));
begin
  a.current := v_current;
  a.exclude_ids := array[v_current.id];
  a.wanted := v_current;
  a.wanted.resource_id := (a.resource).id;
  a.wanted.starts_at := move.starts_at;
  a.wanted.ends_at := move.ends_at;
  a.wanted.units := coalesce(move.units, v_current.units);
  a.wanted.series_id := coalesce(move.series_id, v_current.series_id);
  a.wanted.original_starts_at := coalesce(move.original_starts_at, v_current.original_starts_at);
  if a.has_quotas then
    a.replaced := array(
      select c from booking.counted_reservations c where c.tenant_id = v_current.tenant_id and c.id = v_current.id);
  end if;
  return a;
end
$$;

comment on function booking.begin_move(booking.request, booking.reservations) is
  'What the move of a reservation is judged by: as it is and as it would be. Of the move id, starts_at and ends_at '
  'count, and where not null resource_id, units, series_id, original_starts_at, and version, the one expected. '
  '404 not_found; 409 hold_expired, version_conflict.';

commit;
