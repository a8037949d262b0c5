begin;
set local role berth_owner;

create function booking.epoch_position(since timestamptz) returns bigint
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    select e.place
      from booking.event_sequencer s
     cross join lateral unnest(s.epoch_starts, s.epoch_positions) e (started_at, place)
     where e.started_at >= since
     order by e.started_at, e.place
     limit 1);
end
$$;

comment on function booking.epoch_position(timestamptz) is
  'The last position that the first log epoch to begin since this time took over: all that was read before, and is not '
  'lost, has one up to there, or none yet. Null where none has begun since.';
grant execute on function booking.epoch_position(timestamptz) to authenticated, service_role;

commit;
