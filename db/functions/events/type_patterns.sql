begin;
set local role berth_owner;

create function booking.type_patterns(globs text[]) returns text[]
language sql immutable parallel safe
set search_path = pg_catalog, pg_temp
return (
  -- Their own wildcards escaped.
  select pg_catalog.array_agg(pg_catalog.replace(pg_catalog.regexp_replace(g, '([\\%_])', '\\\1', 'g'), '*', '%'))
    from pg_catalog.unnest(globs) g
);

comment on function booking.type_patterns(text[]) is
  'Globs of event types, like {reservation.*}, as patterns of LIKE; null for none.';
grant execute on function booking.type_patterns(text[]) to authenticated, service_role;

commit;
