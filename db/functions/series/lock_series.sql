begin;
set local role berth_owner;

create function booking.lock_series(
  request booking.request,
  series_id uuid,
  expected_version integer,
  other_resource_ids uuid[] default '{}'
) returns booking.series
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_series booking.series := booking.find_series(request.tenant_id, request.user_id, request.role, series_id);
begin
  perform booking.lock_reservations(
    request.tenant_id,
    array(select r.id from booking.reservations r where r.tenant_id = request.tenant_id and r.series_id = lock_series.series_id),
    array[v_series.resource_id] || other_resource_ids);
  select s.* into v_series
    from booking.series s
   where s.tenant_id = request.tenant_id and s.id = lock_series.series_id
     for update;
  perform booking.check_version(v_series.version, expected_version);
  if v_series.cancelled_at is not null then
    perform booking.raise_error(409, 'invalid_transition', 'The series is cancelled; make a new one.',
      pg_catalog.jsonb_build_object('cancelled_at', v_series.cancelled_at));
  end if;
  return v_series;
end
$$;

comment on function booking.lock_series(booking.request, uuid, integer, uuid[]) is
  'Locks a series, after its occurrences, and those after their resources and the others they are to move to. 404 '
  'not_found; 409 version_conflict, invalid_transition (it is cancelled).';

commit;
