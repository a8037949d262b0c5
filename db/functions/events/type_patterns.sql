begin;
set local role berth_owner;

create function booking.type_patterns(globs text[], argument text default 'types') returns text[]
language plpgsql immutable parallel safe
set search_path = pg_catalog, pg_temp
as $$
begin
  if pg_catalog.cardinality(globs) > 20
     or exists (select from pg_catalog.unnest(globs) g where (g ~ '^[a-z_.*]{1,50}$') is not true) then
    perform booking.raise_error(400, 'invalid_argument',
      'Name at most 20 types of events, like reservation.confirmed, or reservation.* for all that begin so: small letters, _ and dots, at most 50 characters.',
      pg_catalog.jsonb_build_object('argument', argument));
  end if;
  return (
    -- The underscore, which LIKE takes for any character, escaped. What is left for LIKE takes linear time: whatever
    -- follows the last of several asterisks is looked for once.
    select pg_catalog.array_agg(pg_catalog.replace(pg_catalog.replace(g, '_', '\_'), '*', '%'))
      from pg_catalog.unnest(globs) g);
end
$$;

comment on function booking.type_patterns(text[], text) is
  'Globs of event types, like {reservation.*}, as patterns of LIKE; null for none. 400 invalid_argument for more than '
  '20, or one that is none.';
grant execute on function booking.type_patterns(text[], text) to authenticated, service_role;

commit;
