begin;
set local role berth_owner;

create function booking.log_is_home() returns boolean
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    select (h.system_identifier, h.timeline_id) = (s.system_identifier, c.timeline_id)
      from booking.log_homes h, pg_catalog.pg_control_system() s, pg_catalog.pg_control_checkpoint() c
     order by h.began_at desc
     limit 1);
end
$$;

comment on function booking.log_is_home() is
  'Whether the log continues in the cluster and on the timeline that it was written in last. If not, rebase_log() has to come before the next event.';

commit;
