begin;
set local role berth_owner;

create function booking.raise_error(
  status integer,
  slug text,
  hint text,
  details jsonb default '{}'
) returns void
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
  raise exception using
    errcode = 'PT' || status, -- PostgREST answers PTnnn with HTTP status nnn
    message = slug,
    detail = details::text,
    hint = hint;
end
$$;

comment on function booking.raise_error(integer, text, text, jsonb) is
  'Refuses: HTTP status, stable slug, one sentence with the way out, and what a program needs to know.';
grant execute on function booking.raise_error(integer, text, text, jsonb) to authenticated, service_role;

commit;
