begin;
set local role berth_owner;

create function booking.idempotency_key() returns text
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
  if pg_catalog.current_setting('request.headers', true) like '%"idempotency-key"%' then
    return pg_catalog.current_setting('request.headers', true)::jsonb ->> 'idempotency-key';
  end if;
  return null;
end
$$;

comment on function booking.idempotency_key() is 'The Idempotency-Key header of the HTTP request, if it has one.';

commit;
