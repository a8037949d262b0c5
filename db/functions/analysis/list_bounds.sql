begin;
set local role berth_owner;

create function booking.list_bounds(starts_at timestamptz, ends_at timestamptz, bucket text, timezone text) returns timestamptz[]
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  with local_times as (
    select l.at
      from generate_series(date_trunc(bucket, starts_at at time zone timezone),
                           date_trunc(bucket, ends_at at time zone timezone) + ('1 ' || bucket)::interval,
                           ('1 ' || bucket)::interval) l (at)
  ), bounds as (
    select booking.resolve_local_time(l.at, timezone, 'shift') as at
      from local_times l
    union
    -- An hour that occurs twice is two hours.
    select l.at at time zone timezone
      from local_times l
     where bucket = 'hour'
  )
  select array_agg(b.at order by b.at)
    from (select at, lag(at) over (order by at) as previous, lead(at) over (order by at) as next
            from bounds) b
   where coalesce(b.next > starts_at, true) and coalesce(b.previous < ends_at, true)
$$;

comment on function booking.list_bounds(timestamptz, timestamptz, text, text) is
  'Where the hours, days, weeks (from Monday) or months of a zone begin that a range touches, and where the last one '
  'ends: one more than there are. '
  'A day is what the clock says: 23 or 25 hours when it changes.';

commit;
