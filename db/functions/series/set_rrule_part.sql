begin;
set local role berth_owner;

create function booking.set_rrule_part(rrule text, name text, value text) returns text
language sql immutable
set search_path = pg_catalog, pg_temp
return (
  select pg_catalog.string_agg(p.part, ';' order by p.n)
    from (select u.part, u.n
            from pg_catalog.string_to_table(pg_catalog.upper(pg_catalog.regexp_replace(pg_catalog.btrim(rrule, e' \t\r\n'), '^RRULE:', '', 'i')), ';')
                 with ordinality u (part, n)
           where pg_catalog.split_part(u.part, '=', 1) <> set_rrule_part.name
          union all
          select set_rrule_part.name || '=' || set_rrule_part.value, 100
           where set_rrule_part.value is not null) p
);

comment on function booking.set_rrule_part(text, text, text) is
  'A rule with another value for one of its parts; null takes the part away.';

commit;
