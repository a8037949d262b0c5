begin;
set local role berth_owner;

create function booking.describe_refusal(
  draft booking.reservations,
  code text,
  slug text,
  details text,
  hint text
) returns jsonb
language sql immutable
set search_path = pg_catalog, pg_temp
return pg_catalog.jsonb_build_object(
  'starts_at', draft.starts_at, 'ends_at', draft.ends_at,
  'code', slug, 'status', pg_catalog.right(code, 3)::integer, 'details', booking.without_titles(details::jsonb), 'hint', hint);

comment on function booking.describe_refusal(booking.reservations, text, text, text, text) is
  'One of several refusals, by what was caught of it: {starts_at, ends_at, code (the slug), status (of HTTP), '
  'details, hint}.';

commit;
