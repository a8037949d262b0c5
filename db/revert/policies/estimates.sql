begin;
set local role berth_owner;

do $$
declare
  v_table regclass;
begin
  for v_table in select polrelid from pg_catalog.pg_policy where polname = 'no_estimates' loop
    execute format('drop policy no_estimates on %s', v_table);
  end loop;
end
$$;

drop function booking.refuse_estimates();

commit;
