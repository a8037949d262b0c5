begin;
set local role berth_owner;

create function booking.lock_resources_late(tenant_ids uuid[], resource_ids uuid[]) returns boolean
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_lock_timeout text := pg_catalog.current_setting('lock_timeout');
  v_until timestamptz := pg_catalog.clock_timestamp() + nullif(v_lock_timeout, '0')::interval;
begin
  loop
    begin
      perform pg_catalog.set_config('lock_timeout', '50ms', true);
      perform from booking.resources s
        where (s.tenant_id, s.id) in (select i.tenant_id, i.id from unnest(tenant_ids, resource_ids) i (tenant_id, id))
        order by s.tenant_id, s.id
          for no key update;
      exit;
    exception
      when lock_not_available then
        if exists (select from pg_catalog.pg_locks w
                    where not w.granted and pg_catalog.pg_backend_pid() = any (pg_catalog.pg_blocking_pids(w.pid))) then
          return false;
        elsif pg_catalog.clock_timestamp() >= v_until then
          raise;
        end if;
    end;
  end loop;
  perform pg_catalog.set_config('lock_timeout', v_lock_timeout, true);
  return true;
end
$$;

comment on function booking.lock_resources_late(uuid[], uuid[]) is
  'Locks resources (their tenants, their ids) for a DBA''s statement, which has changed rows before: against the '
  'order of everybody else. So it waits only as long as nobody waits for it; false, with none locked, when somebody '
  'does.';

commit;
