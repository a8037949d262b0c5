begin;
set local role berth_owner;

create function booking.enter_token(token text) returns uuid
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_bytes bytea;
begin
  if (token ~ '^[A-Za-z0-9_-]{86}$') is not true then
    return null;
  end if;
  v_bytes := pg_catalog.decode(pg_catalog.translate(token, '-_', '+/') || '==', 'base64');
  -- Into the tenant that the token names, and no other.
  perform pg_catalog.set_config('booking.tenant_id',
    pg_catalog.encode(pg_catalog.substr(v_bytes, 1, 16), 'hex')::uuid::text, true);
  return pg_catalog.encode(pg_catalog.substr(v_bytes, 17, 16), 'hex')::uuid;
end
$$;

comment on function booking.enter_token(text) is
  'Enters the tenant that a token of make_token() names, and returns the id of its row; null if it is none. Whether '
  'the secret is right its caller sees, by hash_token().';

commit;
