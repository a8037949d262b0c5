begin;
set local role berth_owner;

create function booking.attach_module(module text, source_table regclass, columns jsonb, dry_run boolean default false)
  returns setof booking.module_conflict
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_columns jsonb := booking.check_module_columns(source_table, columns);
  v_schema regnamespace;
  v_granted text[];
  v_other record;
  v_conflicts booking.module_conflict[] := '{}';
begin
  if coalesce(pg_catalog.length(module), 0) not between 1 and 63 then
    perform booking.raise_error(400, 'invalid_argument', 'module is a name of 1 to 63 characters.',
      '{"argument": "module"}');
  end if;
  begin
    delete from booking.modules m where not exists (select from pg_catalog.pg_class c where c.oid = m.source_table);
    if exists (select from booking.modules m where m.source_table = attach_module.source_table and m.module = attach_module.module) then
      perform booking.detach_module(module, source_table);
    end if;
    select m.module, m.source_table into v_other
      from booking.modules m
      left join pg_catalog.pg_attribute a on a.attrelid = m.source_table and a.attname = m.columns ->> 'id'
      left join pg_catalog.pg_attribute b on b.attrelid = attach_module.source_table and b.attname = v_columns ->> 'id'
     where m.source_table = attach_module.source_table
        or (m.module = attach_module.module and (a.atttypid is distinct from 'uuid'::regtype or b.atttypid <> 'uuid'::regtype))
     limit 1;
    if v_other.source_table = source_table then
      perform booking.raise_error(400, 'invalid_argument',
        pg_catalog.format('%s is attached as %s already; detach it first.', source_table, v_other.module), '{"argument": "module"}');
    elsif found then
      perform booking.raise_error(400, 'invalid_argument',
        pg_catalog.format('%s has %s already, and their ids could be the same; attach %s as another module, or give both uuids.',
                          module, v_other.source_table, source_table), '{"argument": "module"}');
    end if;

    select c.relnamespace::regnamespace into v_schema from pg_catalog.pg_class c where c.oid = attach_module.source_table;
    v_granted := array(
      select p from pg_catalog.unnest('{usage,select,update}'::text[]) p
       where not case p when 'usage' then pg_catalog.has_schema_privilege('berth_owner', v_schema, 'usage')
                                        -- For another table: whoever goes last takes it back.
                                        and not exists (select from booking.modules m join pg_catalog.pg_class c on c.oid = m.source_table
                                                         where c.relnamespace = v_schema and 'usage' = any (m.granted))
                        when 'select' then pg_catalog.has_table_privilege('berth_owner', source_table, 'select')
                        else coalesce(pg_catalog.has_column_privilege('berth_owner', source_table, v_columns ->> 'flag', 'update'), true) end);
    if 'usage' = any (v_granted) then
      execute pg_catalog.format('grant usage on schema %s to berth_owner', v_schema);
    end if;
    if 'select' = any (v_granted) then
      execute pg_catalog.format('grant select on %s to berth_owner', source_table);
    end if;
    if 'update' = any (v_granted) then
      execute pg_catalog.format('grant update (%I) on %s to berth_owner', v_columns ->> 'flag', source_table);
    end if;
    insert into booking.modules (source_table, module, columns, granted) values (source_table, module, v_columns, v_granted);

    -- Where the table has row level security, now or later, it lets the engine pass.
    execute pg_catalog.format('create policy berth_follows on %s to berth_owner using (true)', source_table);
    execute pg_catalog.format('create trigger berth_follows_insert after insert on %s referencing new table as new_rows for each statement execute function booking.follow_module(%L)',
                              source_table, module);
    execute pg_catalog.format('create trigger berth_follows_update after update on %s referencing old table as old_rows new table as new_rows for each statement execute function booking.follow_module(%L)',
                              source_table, module);
    execute pg_catalog.format('create trigger berth_follows_delete after delete on %s referencing old table as old_rows for each statement execute function booking.follow_module(%L)',
                              source_table, module);
    execute pg_catalog.format('create trigger berth_follows_truncate before truncate on %s for each statement execute function booking.follow_module(%L)',
                              source_table, module);
    if dry_run then
      v_conflicts := array(select c from booking.reserve_module_rows(source_table, one_by_one => true) c);
      raise exception using errcode = 'BERTH', message = 'dry run'; -- undoes all of this block
    end if;
    perform booking.reserve_module_rows(source_table);
  exception when sqlstate 'BERTH' then
    null;
  end;
  return query select c.* from pg_catalog.unnest(v_conflicts) c;
end
$$;

comment on function booking.attach_module(text, regclass, jsonb, boolean) is
  'For DBAs who own the table: from now on its rows reserve through Berth, and so do those that are there and not '
  'over, all or none. '
  'columns says what it calls tenant_id, id, resource_id, starts_at, ends_at and, if it has them, status with '
  'cancelled_values, title and flag. Again: with other columns. '
  'dry_run changes nothing, and returns each row that could not have its reservation. '
  '400 invalid_argument for what does not fit; and whatever refuses a reservation, 409 slot_taken above all.';

commit;
