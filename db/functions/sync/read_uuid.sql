begin;
set local role berth_owner;

create function booking.read_uuid(given text) returns uuid
language plpgsql immutable
set search_path = pg_catalog, pg_temp
as $$
begin
  return given::uuid;
exception
  when invalid_text_representation then
    return null;
end
$$;

comment on function booking.read_uuid(text) is 'The uuid that a text is; null if it is none.';

commit;
