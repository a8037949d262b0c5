begin;
set local role berth_owner;

create function booking.detach_module(module text, source_table regclass) returns void
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_module booking.modules;
  v_schema regnamespace := (select c.relnamespace::regnamespace from pg_catalog.pg_class c where c.oid = source_table);
  v_trigger text;
begin
  delete from booking.modules m
   where m.source_table = detach_module.source_table and m.module = detach_module.module
  returning m.* into v_module;
  if not found then
    perform booking.raise_error(404, 'not_found', pg_catalog.format('%s is not attached as %s.', source_table, module));
  end if;
  foreach v_trigger in array '{insert,update,delete,truncate}'::text[] loop
    execute pg_catalog.format('drop trigger if exists berth_follows_%s on %s', v_trigger, source_table);
  end loop;
  execute pg_catalog.format('drop policy if exists berth_follows on %s', source_table);
  if 'update' = any (v_module.granted) then
    execute pg_catalog.format('revoke update (%I) on %s from berth_owner', v_module.columns ->> 'flag', source_table);
  end if;
  if 'select' = any (v_module.granted) then
    execute pg_catalog.format('revoke select on %s from berth_owner', source_table);
  end if;
  if 'usage' = any (v_module.granted)
     and not exists (select from booking.modules m join pg_catalog.pg_class c on c.oid = m.source_table
                      where c.relnamespace = v_schema) then
    execute pg_catalog.format('revoke usage on schema %s from berth_owner', v_schema);
  end if;
end
$$;

comment on function booking.detach_module(text, regclass) is
  'Undoes attach_module(): its triggers, its grants. The reservations stay as they are; attached again, the table '
  'finds its own. 404 not_found.';

commit;
