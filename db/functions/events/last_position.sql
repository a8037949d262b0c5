begin;
set local role berth_owner;

create function booking.last_position() returns bigint
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return (select s.last_position from booking.event_sequencer s);
end
$$;

comment on function booking.last_position() is
  'The position of the newest event of all tenants: where a new consumer begins.';

commit;
