begin;
set local role berth_owner;

create function booking.read_status(status text) returns booking.reservation_status
language plpgsql immutable
set search_path = pg_catalog, pg_temp
as $$
begin
  if status in ('confirmed', 'tentative', 'held', 'pencilled') then
    return status::booking.reservation_status;
  end if;
  perform booking.raise_error(400, 'invalid_argument', 'A new reservation is confirmed, tentative, held or pencilled.',
    '{"argument": "status"}');
end
$$;

comment on function booking.read_status(text) is
  'The status that is asked for a new reservation. 400 invalid_argument.';

commit;
