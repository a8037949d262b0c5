begin;
set local role berth_owner;

create function booking.hash_arguments(arguments record) returns bytea
language plpgsql stable
set search_path = pg_catalog, pg_temp
-- Whatever the session's are (Prefer: timezone sets the first): the same request has the same hash.
set timezone = 'UTC'
set datestyle = 'ISO, YMD'
set intervalstyle = 'iso_8601'
set extra_float_digits = 1
as $$
begin
  return pg_catalog.sha256(pg_catalog.convert_to(pg_catalog.to_jsonb(arguments)::text, 'UTF8'));
end
$$;

comment on function booking.hash_arguments(record) is
  'The hash by which a repeated request is known, of its arguments. Only requests with an Idempotency-Key need it, so '
  'only they pay for its text.';

commit;
