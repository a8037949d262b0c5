begin;
set local role berth_owner;

create function booking.oldest_writer() returns interval
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    select coalesce(pg_catalog.max(pg_catalog.clock_timestamp() - a.xact_start), '0')
      from pg_catalog.pg_stat_activity a
     where a.datname = pg_catalog.current_database() and a.backend_xid is not null);
end
$$;

comment on function booking.oldest_writer() is
  'How long the oldest transaction that writes has been open; zero if there is none. For a role that sees other '
  'sessions, a member of pg_read_all_stats.';
grant execute on function booking.oldest_writer() to berth_worker;

commit;
