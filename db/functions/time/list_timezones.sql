begin;
set local role berth_owner;

create function booking.list_timezones() returns setof text
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return query
  select z.name
    from pg_catalog.pg_timezone_names z
         -- Systems add names to IANA's: the same zones once more, zones that count leap seconds, and what the machine
         -- is set to.
   where z.name !~ '^(posix|right)/' and z.name not in ('Factory', 'localtime', 'posixrules')
         -- PostgreSQL reads CET and the like as abbreviations first: as winter time, all the year.
     and (z.name in ('GMT', 'UCT', 'UTC', 'Zulu')
          or not exists (select from pg_catalog.pg_timezone_abbrevs a where a.abbrev = pg_catalog.upper(z.name)));
end
$$;

comment on function booking.list_timezones() is
  'The time zones that tenants, resources and series may have: the names of IANA''s database that mean the same '
  'everywhere. CET, EET, EST, HST, MET, MST and WET are none of them, since they are abbreviations too.';

commit;
