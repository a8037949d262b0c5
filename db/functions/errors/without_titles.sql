begin;
set local role berth_owner;

create function booking.without_titles(details jsonb) returns jsonb
language plpgsql immutable
set search_path = pg_catalog, pg_temp
as $$
begin
  if pg_catalog.jsonb_typeof(details -> 'conflicts') = 'array' then
    return pg_catalog.jsonb_set(details, '{conflicts}', (
      select coalesce(pg_catalog.jsonb_agg(c - 'title'), '[]')
        from pg_catalog.jsonb_array_elements(details -> 'conflicts') c));
  end if;
  return details;
end
$$;

comment on function booking.without_titles(jsonb) is
  'The details of a refusal that is kept, as part of an answer to be repeated: what is in the way without its title, '
  'which an erasure of its owner could not find there.';

commit;
