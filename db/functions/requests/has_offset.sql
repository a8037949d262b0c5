begin;
set local role berth_owner;

create function booking.has_offset(value text) returns boolean
language plpgsql immutable parallel safe
set search_path = pg_catalog, pg_temp
as $$
begin
  -- What has no digit is no time, or infinity: whoever reads it says so. The days that have a name are the session's.
  return value !~* '[0-9]|today|tomorrow|yesterday'
      or value ~* '^[0-9]{4,}-[0-9]{2}-[0-9]{2}[t ][0-9]{2}(:?[0-9]{2}){0,2}([.,][0-9]+)? ?(z|[+-][0-9]{2}(:?[0-9]{2}){0,2})$';
end
$$;

comment on function booking.has_offset(text) is
  'Whether a time, as RFC 3339 writes it, has an offset, and so means an instant wherever it is read. The gateway asks '
  'the '
  'same of arguments and filters: see gateway/times.py.';

commit;
