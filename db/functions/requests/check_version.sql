begin;
set local role berth_owner;

create function booking.check_version(version integer, expected_version integer) returns void
language plpgsql immutable
set search_path = pg_catalog, pg_temp
as $$
begin
  if expected_version <> version then
    perform booking.raise_error(409, 'version_conflict',
      'It has changed since you read it; read it again, then repeat what still makes sense.',
      pg_catalog.jsonb_build_object('version', version, 'expected_version', expected_version));
  end if;
end
$$;

comment on function booking.check_version(integer, integer) is
  'Refuses to change what has changed since the caller read it, with the present version: 409 version_conflict. '
  'Whoever expects none (null) is not refused.';

commit;
