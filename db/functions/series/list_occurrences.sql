begin;
set local role berth_owner;

create function booking.list_occurrences(series booking.series, max_occurrences integer default 100000)
returns table (local_start timestamp, starts_at timestamptz, ends_at timestamptz)
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select o.local_start, o.starts_at, booking.occurrence_end(series, o.local_start, o.starts_at)
    from booking.expand_rrule(series.rrule, series.local_start, series.timezone, series.rdates, series.exdates, series.dst_gap, max_occurrences) o
$$;

comment on function booking.list_occurrences(booking.series, integer) is
  'When a series takes place, as it is defined, in order. Errors are expand_rrule()''s.';

commit;
