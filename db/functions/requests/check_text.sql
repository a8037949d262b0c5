begin;
set local role berth_owner;

create function booking.check_text(argument text, value text, most integer) returns boolean
language plpgsql immutable
set search_path = pg_catalog, pg_temp
as $$
begin
  if pg_catalog.length(value) > most then
    perform booking.raise_error(400, 'invalid_argument',
      pg_catalog.format('This text is too long. Write at most %s characters.', most),
      pg_catalog.jsonb_build_object('argument', argument, 'limit', most));
  end if;
  return true;
end
$$;

comment on function booking.check_text(text, text, integer) is
  'True if an argument has at most so many characters, or 400 invalid_argument with details.argument and limit. Null '
  'is.';

commit;
