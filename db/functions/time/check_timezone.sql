begin;
set local role berth_owner;

create function booking.check_timezone(timezone text) returns void
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_session text := pg_catalog.current_setting('TimeZone');
  v_name text;
begin
  -- To look through the names takes 30 ms. UTC and a city are known sooner: the session's setting takes a city in any
  -- case and gives back the name that it has in the database. (Without a digit, it is no rule of POSIX.)
  if timezone = 'UTC' then
    return;
  elsif timezone ~ '^[A-Z][A-Za-z]+(/[A-Z][A-Za-z_-]+)+$' then
    begin
      v_name := pg_catalog.set_config('TimeZone', timezone, true);
      v_name := pg_catalog.current_setting('TimeZone');
      perform pg_catalog.set_config('TimeZone', v_session, true);
      if v_name = timezone then
        return;
      end if;
    exception
      when invalid_parameter_value then null;
    end;
  end if;
  -- Abbreviations and POSIX rules, which PostgreSQL accepts too, know no daylight-saving history: names only.
  if not exists (select from booking.list_timezones() z where z = check_timezone.timezone) then
    perform booking.raise_error(400, 'unknown_timezone',
      case when exists (select from pg_catalog.pg_timezone_names z where z.name = check_timezone.timezone)
           then pg_catalog.format('%s does not mean the same time everywhere. Choose the zone of a city, like Europe/Berlin.', timezone)
           else pg_catalog.format('%s is not an IANA time zone; one is written like Europe/Berlin.',
                  pg_catalog.quote_literal(pg_catalog.left(timezone, 100))) end,
      pg_catalog.jsonb_build_object('timezone', pg_catalog.left(timezone, 100)));
  end if;
end
$$;

comment on function booking.check_timezone(text) is
  'Refuses what is not the name of an IANA time zone that means the same everywhere: see list_timezones() (400 '
  'unknown_timezone).';

commit;
