-- The planner's statistics hold values of all tenants, and a row count that it estimates tells of them, whatever row
-- level
-- security hides. So there are none of what people write: no plan depends on that. kind and tags, by which searches
-- find
-- resources, keep theirs, and so do the engine's own words.
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
     where c.relnamespace = 'booking'::regnamespace and c.relkind = 'r' and a.attnum > 0 and not a.attisdropped
       and a.atttypid in ('text'::regtype, 'varchar'::regtype, 'jsonb'::regtype, 'text[]'::regtype)
       and a.attname not in ('kind', 'tags', 'status', 'type', 'event_type', 'payment_status', 'source_module', 'source_id', 'key')
  loop
    execute format('alter table %s alter column %I set statistics 0', v_column.relation, v_column.name);
  end loop;
end
$$;

commit;
