begin;
set local role berth_owner;

create function booking.make_secret() returns text
language sql volatile
set search_path = pg_catalog, pg_temp
return 'whsec_' || pg_catalog.encode(
  -- Three uuids are 366 random bits of the system's strong source; their hash is as good as 256.
  pg_catalog.sha256(
    pg_catalog.uuid_send(pg_catalog.gen_random_uuid()) || pg_catalog.uuid_send(pg_catalog.gen_random_uuid()) || pg_catalog.uuid_send(pg_catalog.gen_random_uuid())),
  'base64');

comment on function booking.make_secret() is
  'A new secret of 32 random bytes, as Standard Webhooks writes them: whsec_ and base64.';

commit;
