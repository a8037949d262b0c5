begin;
set local role berth_owner;

do $$
declare
  v_column record;
begin
  for v_column in
    select a.attrelid::regclass as relation, a.attname as name
      from pg_catalog.pg_attribute a
      join pg_catalog.pg_class c on c.oid = a.attrelid
     where c.relnamespace = 'booking'::regnamespace and c.relkind = 'r' and a.attnum > 0 and a.attstattarget = 0
  loop
    execute format('alter table %s alter column %I set statistics -1', v_column.relation, v_column.name);
  end loop;
end
$$;

commit;
