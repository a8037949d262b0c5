begin;
set local role berth_owner;

create function booking.is_short_list(list text[], most integer, longest integer) returns boolean
language plpgsql immutable parallel safe
set search_path = pg_catalog, pg_temp
as $$
begin
  return pg_catalog.cardinality(list) <= most
         and not exists (select from pg_catalog.unnest(list) l where pg_catalog.length(l) > longest);
end
$$;

comment on function booking.is_short_list(text[], integer, integer) is
  'Whether a list has at most so many texts of at most so many characters each; null where there is none. For '
  'constraints.';

commit;
