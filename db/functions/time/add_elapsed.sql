begin;
set local role berth_owner;

create function booking.add_elapsed(at timestamptz, span interval) returns timestamptz
language plpgsql immutable parallel safe -- and faster so: see now()
set search_path = pg_catalog, pg_temp
as $$
begin
  return at + pg_catalog.make_interval(secs => pg_catalog.date_part('epoch', span));
end
$$;

comment on function booking.add_elapsed(timestamptz, interval) is
  'So much later by the clock that never jumps: a day is 24 hours, whatever the session''s time zone does that night.';
grant execute on function booking.add_elapsed(timestamptz, interval) to authenticated, service_role;

commit;
