begin;
set local role berth_owner;

create function booking.check_list(argument text, value anyarray, most integer, longest integer default null) returns boolean
language plpgsql immutable
set search_path = pg_catalog, pg_temp
as $$
begin
  if pg_catalog.cardinality(value) > most then
    perform booking.raise_error(400, 'invalid_argument',
      pg_catalog.format('This list is too long. Give at most %s entries.', most),
      pg_catalog.jsonb_build_object('argument', argument, 'limit', most));
  elsif longest is not null
        and exists (select from pg_catalog.unnest(value) v where pg_catalog.length(v::text) > longest) then
    perform booking.raise_error(400, 'invalid_argument',
      pg_catalog.format('One entry of this list is too long. Write at most %s characters.', longest),
      pg_catalog.jsonb_build_object('argument', argument, 'limit', longest));
  end if;
  return true;
end
$$;

comment on function booking.check_list(text, anyarray, integer, integer) is
  'True if an argument has at most so many entries, each of at most so many characters, or 400 invalid_argument with '
  'details.argument and limit. Null is.';
grant execute on function booking.check_list(text, anyarray, integer, integer) to authenticated, service_role;

commit;
