begin;

do $$
declare
  v_function regprocedure;
begin
  for v_function in
    select p.oid
      from pg_catalog.pg_proc p
     where p.pronamespace = 'booking'::regnamespace and p.proowner = 'berth_jobs'::regrole
  loop
    execute format('revoke execute on function %s from berth_owner', v_function);
    execute format('alter function %s owner to berth_owner', v_function);
    execute format('alter function %s security invoker', v_function);
  end loop;
end
$$;

set local role berth_owner;

do $$
declare
  v_table regclass;
begin
  for v_table in select polrelid from pg_catalog.pg_policy where polname = 'jobs_see_all' loop
    execute format('drop policy jobs_see_all on %s', v_table);
  end loop;
end
$$;

commit;
