begin;
set local role berth_owner;

create function booking.make_token(tenant_id uuid, id uuid) returns text
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  -- Tenant and id say where to look; 244 random bits are the secret.
  return pg_catalog.translate(pg_catalog.encode(
    pg_catalog.uuid_send(tenant_id) || pg_catalog.uuid_send(id)
      || pg_catalog.uuid_send(pg_catalog.gen_random_uuid()) || pg_catalog.uuid_send(pg_catalog.gen_random_uuid()), 'base64'), E'+/=\n', '-_');
end
$$;

comment on function booking.make_token(uuid, uuid) is
  'A secret for an address: 86 letters that name a row and prove that one was told it. What is stored of it is '
  'hash_token().';

commit;
