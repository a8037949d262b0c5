begin;
set local role berth_owner;

create function booking.flag_module_rows(module booking.modules, tenant_id uuid, ids text[], flag text) returns void
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_which text;
  v_before jsonb;
  v_open bigint;
  v_all bigint;
begin
  -- Without a column for it, or a table: somebody dropped that.
  select pg_catalog.format('where t.%I = $1 and t.%I = any ($2::%s[]) and t.%I is distinct from $3',
           module.columns ->> 'tenant_id', a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod), module.columns ->> 'flag')
    into v_which
    from pg_catalog.pg_attribute a
   where a.attrelid = module.source_table and a.attname = module.columns ->> 'id' and module.columns ? 'flag';
  if not found then
    return;
  end if;
  -- Whoever writes a row there has it locked, and comes for the resource next, which we have: to wait for them as one
  -- waits for a lock could deadlock.
  for v_try in 1..100 loop
    begin
      execute pg_catalog.format('select pg_catalog.count(*) from (select from %s t %s for no key update skip locked) o', module.source_table, v_which)
        into v_open using tenant_id, ids, flag;
    exception
      when data_exception then return; -- no row has such an id
    end;
    execute pg_catalog.format('select pg_catalog.count(*) from %s t %s', module.source_table, v_which) into v_all using tenant_id, ids, flag;
    exit when v_open = v_all;
    if v_try = 100 then
      perform booking.raise_error(409, 'version_conflict',
        pg_catalog.format('Its row in %s is being changed just now; ask again.', module.source_table),
        pg_catalog.jsonb_build_object('source_module', module.module, 'source_ids', ids));
    end if;
    perform pg_catalog.pg_sleep(0.02);
  end loop;
  if v_all > 0 then
    -- What the module's own triggers make of it is their doing.
    v_before := booking.swap_settings('{"following": null}');
    execute pg_catalog.format('update %s t set %I = $3 %s', module.source_table, module.columns ->> 'flag', v_which)
      using tenant_id, ids, flag;
    perform booking.swap_settings(v_before);
  end if;
end
$$;

comment on function booking.flag_module_rows(booking.modules, uuid, text[], text) is
  'Writes the flag of rows of a module''s table, if it has a column for it; null clears it. '
  '409 version_conflict if somebody is writing such a row and does not finish within two seconds.';

commit;
