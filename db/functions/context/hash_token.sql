begin;
set local role berth_owner;

create function booking.hash_token(token text) returns bytea
language plpgsql immutable parallel safe
set search_path = pg_catalog, pg_temp
as $$
begin
  return pg_catalog.sha256(pg_catalog.convert_to(token, 'UTF8'));
end
$$;

comment on function booking.hash_token(text) is
  'What is stored of a token; hashes are compared, so that the time it takes tells nothing of a token.';

commit;
