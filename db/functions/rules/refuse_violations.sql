begin;
set local role berth_owner;

create function booking.refuse_violations(violations jsonb) returns void
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
  if violations = '[]' then
    return;
  end if;
  perform booking.raise_error(422, violations -> 0 ->> 'code',
    (select pg_catalog.string_agg(v ->> 'hint', ' ') from pg_catalog.jsonb_array_elements(violations) v),
    (violations -> 0) - '{code, hint}'::text[] || pg_catalog.jsonb_build_object('violations', violations));
end
$$;

comment on function booking.refuse_violations(jsonb) is
  'Refuses what has violations, with 422 and the slug of the first violation; details has that one''s limit and use, '
  'details.violations every one, and the hint the way out of each.';

commit;
