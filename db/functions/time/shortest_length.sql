begin;
set local role berth_owner;

create function booking.shortest_length(span interval) returns interval
language plpgsql immutable parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
  v_days double precision := pg_catalog.date_part('year', span) * 365 + pg_catalog.date_part('month', span) * 28 + pg_catalog.date_part('day', span);
begin
  -- Clocks go forward by 2 hours at most (on the station Troll); an hour more does no harm.
  return pg_catalog.make_interval(secs => v_days * 86400 - case when v_days = 0 then 0 else 10800 end
    + pg_catalog.date_part('hour', span) * 3600 + pg_catalog.date_part('minute', span) * 60 + pg_catalog.date_part('second', span));
end
$$;

comment on function booking.shortest_length(interval) is
  'How long a span lasts at least, wherever and whenever it begins: days, months and years count by the calendar, and '
  'a '
  'day may lack some hours.';

commit;
