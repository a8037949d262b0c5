begin;
set local role berth_owner;

create function booking.revise_series(
  series booking.series,
  revised booking.series,
  shift interval,
  edited_ids uuid[],
  locals timestamp[],
  apart boolean
) returns uuid
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_from timestamptz;
  v_others timestamp[];
begin
  select pg_catalog.min(r.original_starts_at) into v_from
    from booking.reservations r
   where r.tenant_id = series.tenant_id and r.id = any (edited_ids);
  v_others := booking.list_remaining(series, edited_ids);
  revised := booking.shift_rule(booking.cut_rule(revised, v_from, 'from'), shift);
  if apart and v_others <> '{}' then
    revised := booking.fit_series(revised, locals);
    revised.id := pg_catalog.gen_random_uuid();
    insert into booking.series (tenant_id, id, resource_id, rrule, local_start, timezone, duration, local_end, rdates, exdates, dst_gap, title, owner_id)
    values (revised.tenant_id, revised.id, revised.resource_id, revised.rrule, revised.local_start, revised.timezone, revised.duration,
            revised.local_end, revised.rdates, revised.exdates, revised.dst_gap, revised.title, revised.owner_id);
    series := booking.fit_series(booking.cut_rule(series, v_from, 'before'), v_others);
  else
    series := booking.fit_series(revised, v_others || locals);
  end if;
  update booking.series s
     set resource_id = series.resource_id, rrule = series.rrule, local_start = series.local_start, duration = series.duration,
         local_end = series.local_end, rdates = series.rdates, exdates = series.exdates, title = series.title
   where s.tenant_id = series.tenant_id and s.id = series.id;
  return revised.id;
end
$$;

comment on function booking.revise_series(booking.series, booking.series, interval, uuid[], timestamp[], boolean) is
  'Keeps the definition in step with an edit of some occurrences: from the first of them on the series is as revised, '
  'later by shift, and takes place at these local times. '
  'If they are to be a series apart from what remains of the first, they become one. Returns the id of the series '
  'they are in then.';

commit;
