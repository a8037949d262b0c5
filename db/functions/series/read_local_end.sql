begin;
set local role berth_owner;

create function booking.read_local_end(local_start timestamp, local_end text) returns timestamp
language plpgsql stable strict
set search_path = pg_catalog, pg_temp
as $$
declare
  v_end timestamp;
begin
  -- Without leap seconds, 60 is 59 (RFC 5545 3.3.12); PostgreSQL would take it for the next minute.
  local_end := pg_catalog.regexp_replace(local_end, '(:[0-9]{2}):60(\.[0-9]+)?$', '\1:59');
  if local_end ~ '^[0-9]{2}:[0-9]{2}(:[0-9]{2})?$' then
    v_end := local_start::date + local_end::time;
    return case when v_end > local_start then v_end else v_end + interval '1 day' end;
  elsif local_end ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?$' then
    return local_end::timestamp;
  end if;
  raise exception using errcode = 'invalid_datetime_format';
exception
  when invalid_datetime_format or datetime_field_overflow then
    perform booking.raise_error(400, 'invalid_argument',
      'local_end is a local time without an offset: 10:00, the next such after local_start, or with a date 2030-01-07T10:00:00.',
      '{"argument": "local_end"}');
end
$$;

comment on function booking.read_local_end(timestamp, text) is
  'The end that belongs to local_start: a time of day means the next one, the other form is with its date. 400 '
  'invalid_argument for anything else.';

commit;
