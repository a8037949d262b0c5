begin;
set local role berth_owner;

create function booking.check_length(series booking.series) returns void
language plpgsql immutable
set search_path = pg_catalog, pg_temp
as $$
begin
  if (series.duration is null) = (series.local_end is null) then
    perform booking.raise_error(400, 'invalid_argument', 'Give either duration, which is elapsed time, or local_end, which is wall clock.', '{"argument": "duration"}');
  elsif not coalesce(series.duration > '0' and series.duration <= '10 years', series.local_end > series.local_start and series.local_end <= series.local_start + interval '10 years') then
    perform booking.raise_error(400, 'invalid_time_range', 'An occurrence ends after it starts, within ten years.',
      pg_catalog.jsonb_build_object('local_start', series.local_start, 'local_end', series.local_end, 'duration', series.duration));
  end if;
end
$$;

comment on function booking.check_length(booking.series) is
  'Refuses a series that says nothing or two things of how long it lasts (400 invalid_argument), or that would end '
  'before it starts (400 invalid_time_range).';

commit;
