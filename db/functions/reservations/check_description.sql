begin;
set local role berth_owner;

create function booking.check_description(title text, notes text, metadata jsonb) returns boolean
language plpgsql immutable
set search_path = pg_catalog, pg_temp
as $$
begin
  if coalesce(pg_catalog.length(title), 0) <= 500
     and coalesce(pg_catalog.length(notes), 0) <= 10000
     and coalesce(pg_catalog.jsonb_typeof(metadata) = 'object' and pg_catalog.octet_length(metadata::text) <= 16384
                  and not pg_catalog.jsonb_path_exists(metadata, '$.**{33}'), true) then
    return true;
  end if;
  perform booking.raise_error(400, 'invalid_argument',
    'title has at most 500 characters, notes at most 10000; metadata is a JSON object of at most 16 KiB and 32 levels.');
end
$$;

comment on function booking.check_description(text, text, jsonb) is
  'True if what a reservation says of itself is within bounds, or 400 invalid_argument. Null is.';

commit;
