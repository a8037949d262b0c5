begin;
set local role berth_owner;

create function booking.refuse_occurrences(rejected jsonb, total integer, timezone text) returns void
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_first jsonb := rejected -> 0;
  v_conflicts jsonb;
begin
  select pg_catalog.jsonb_agg(c) into v_conflicts
    from pg_catalog.jsonb_array_elements(rejected) r, pg_catalog.jsonb_array_elements(r -> 'details' -> 'conflicts') c;
  perform booking.raise_error((v_first ->> 'status')::integer, v_first ->> 'code',
    pg_catalog.format('%s of %s occurrences cannot be had, the first on %s: %s', pg_catalog.jsonb_array_length(rejected), total,
      pg_catalog.to_char((v_first ->> 'starts_at')::timestamptz at time zone timezone, 'YYYY-MM-DD'), v_first ->> 'hint'),
    v_first -> 'details' || pg_catalog.jsonb_build_object('rejected', rejected)
    || case when v_conflicts is null then '{}' else pg_catalog.jsonb_build_object('conflicts', v_conflicts) end);
end
$$;

comment on function booking.refuse_occurrences(jsonb, integer, text) is
  'Refuses all of a series for those occurrences that cannot be had, with the status and slug of the first; '
  'details.rejected names every one, details.conflicts all that is in the way.';

commit;
