begin;
set local role berth_owner;

create function booking.is_usual_day(day date, timezone text) returns boolean
language plpgsql stable parallel safe
set search_path = pg_catalog, pg_temp
as $$
begin
  -- PostgreSQL takes the second of two midnights. From one midnight before, both are seen: the second at which the day
  -- ends, and the second after which it would seem to have 24 hours.
  return (day + 1)::timestamp at time zone timezone - (day - 1)::timestamp at time zone timezone = interval '48:00';
end
$$;

comment on function booking.is_usual_day(date, text) is
  'Whether nobody sets the clocks of this zone on a day, its two midnights included: then it has 24 hours, and each '
  'local '
  'time once. It says no of the day after a change, too; whoever asks only looks closer then.';

commit;
