begin;
set local role berth_owner;

create function booking.read_items(items jsonb, argument text, most integer, keys text[]) returns booking.reservations[]
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_result booking.reservations[];
  v_hint text := pg_catalog.format('Give a list of 1 to %s objects with the keys %s.', most, pg_catalog.array_to_string(keys, ', '));
begin
  if pg_catalog.jsonb_typeof(items) is distinct from 'array'
     or pg_catalog.jsonb_array_length(items) not between 1 and most
     or pg_catalog.octet_length(items::text) > 262144
     or exists (select from pg_catalog.jsonb_array_elements(items) i where pg_catalog.jsonb_typeof(i) <> 'object')
     or exists (select from pg_catalog.jsonb_array_elements(items) i, pg_catalog.jsonb_object_keys(i) k where k <> all (keys)) then
    perform booking.raise_error(400, 'invalid_argument', v_hint,
      pg_catalog.jsonb_build_object('argument', argument, 'limit', most));
  end if;
  perform booking.check_offsets(i) from pg_catalog.jsonb_array_elements(items) i;
  select pg_catalog.array_agg(pg_catalog.jsonb_populate_record(
           null::booking.reservations,
           i || pg_catalog.jsonb_build_object('id', coalesce(i -> 'reservation_id', i -> 'id'), 'version', i -> 'expected_version')) order by n)
    into v_result
    from pg_catalog.jsonb_array_elements(items) with ordinality t (i, n);
  return v_result;
exception
  when data_exception then
    perform booking.raise_error(400, 'invalid_argument',
      v_hint || pg_catalog.format(' One value cannot be read: %s.', pg_catalog.left(sqlerrm, 200)),
      pg_catalog.jsonb_build_object('argument', argument));
end
$$;

comment on function booking.read_items(jsonb, text, integer, text[]) is
  'Reads a list of JSON objects as reservations to be made or moved (reservation_id is the id, expected_version the '
  'version); 400 invalid_argument for more than so many, more than 256 KiB of them, any other key, an unreadable value '
  'or '
  'a time without an offset.';

commit;
