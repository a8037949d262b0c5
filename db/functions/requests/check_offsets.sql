begin;
set local role berth_owner;

create function booking.check_offsets(item jsonb) returns boolean
language plpgsql immutable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_key text;
begin
  foreach v_key in array '{starts_at, ends_at}'::text[] loop
    -- A number, or a list around a time, would be read as a time too.
    if not booking.has_offset(item ->> v_key) then
      perform booking.raise_error(400, 'invalid_argument',
        'Give each time with its offset, like 2030-01-07T09:00:00+01:00. Without one it could mean any time zone.',
        pg_catalog.jsonb_build_object('argument', v_key));
    end if;
  end loop;
  return true;
end
$$;

comment on function booking.check_offsets(jsonb) is
  'True if the times of an item, an operation or a move have an offset, or 400 invalid_argument.';

commit;
