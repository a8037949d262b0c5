begin;
set local role berth_owner;

create function booking.calendar_part(span interval) returns interval
language plpgsql immutable parallel safe
set search_path = pg_catalog, pg_temp
as $$
begin
  return pg_catalog.make_interval(
    years => pg_catalog.date_part('year', span)::integer,
    months => pg_catalog.date_part('month', span)::integer,
    days => pg_catalog.date_part('day', span)::integer);
end
$$;

comment on function booking.calendar_part(interval) is
  'The years, months and days of a span, which count by the calendar of a zone; the rest of it elapses.';

commit;
