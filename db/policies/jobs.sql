-- The worker's login, berth_worker, may do nothing but call the functions that are granted to it, each in its own file.
-- Those are about every tenant: they run with the rights of berth_jobs, which nobody logs in as, and which row level
-- security lets see all. What already runs with the rights of its owner, in one tenant, stays so.
begin;
set local role berth_owner;

do $$
declare
  v_table regclass;
begin
  for v_table in
    select c.oid from pg_catalog.pg_class c
     where c.relnamespace = 'booking'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
  loop
    execute format('create policy jobs_see_all on %s for all to berth_jobs using (true)', v_table);
  end loop;
end
$$;

grant create on schema booking to berth_jobs;
reset role;

do $$
declare
  v_function regprocedure;
begin
  for v_function in
    select p.oid
      from pg_catalog.pg_proc p
     where p.pronamespace = 'booking'::regnamespace and not p.prosecdef
       and exists (select from pg_catalog.aclexplode(p.proacl) a where a.grantee = 'berth_worker'::regrole)
  loop
    execute format('alter function %s security definer', v_function);
    execute format('alter function %s owner to berth_jobs', v_function);
    -- Its former owner may still call it.
    execute format('grant execute on function %s to berth_owner', v_function);
  end loop;
end
$$;

set local role berth_owner;
revoke create on schema booking from berth_jobs;

commit;
