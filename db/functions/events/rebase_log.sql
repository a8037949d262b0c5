begin;
set local role berth_owner;

create function booking.rebase_log() returns boolean
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_offset bigint;
begin
  if booking.log_is_home() then
    return false;
  end if;
  -- Who writes has ended, and who is about to waits: no reader may pass an event of theirs.
  lock table booking.events in exclusive mode;
  if booking.log_is_home() then
    return false; -- another did it meanwhile
  end if;
  -- Positions go on from the microseconds of the clock. Transactions are far slower, so every cursor that anybody was ever
  -- given is lower, also by a database that was lost since the backup, or that came from the same backup.
  v_offset := greatest(
    (extract(epoch from pg_catalog.clock_timestamp()) * 1000000)::bigint,
    (select e.horizon::text::bigint from booking.events e order by e.horizon desc limit 1) + 1
  ) - pg_catalog.pg_snapshot_xmin(pg_catalog.pg_current_snapshot())::text::bigint;
  perform pg_catalog.setval('booking.log_offset', v_offset);
  insert into booking.log_homes (system_identifier, timeline_id, log_offset)
  select s.system_identifier, c.timeline_id, v_offset
    from pg_catalog.pg_control_system() s, pg_catalog.pg_control_checkpoint() c;
  return true;
end
$$;

comment on function booking.rebase_log() is
  'Lets the log go on in another cluster after a restore, or on another timeline: what is written from now on comes after all that was, so the cursors of consumers and clients keep their meaning. '
  'Whether there was need; repeating it does nothing. For administrators, before anything else writes: berth migrate, berth deploy and berth worker call it.';
grant execute on function booking.rebase_log() to berth_worker;

commit;
