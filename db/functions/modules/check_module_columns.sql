begin;
set local role berth_owner;

create function booking.check_module_columns(source_table regclass, columns jsonb) returns jsonb
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_columns jsonb := case when pg_catalog.jsonb_typeof(columns) = 'object' then pg_catalog.jsonb_strip_nulls(columns) end;
  v_fault text;
begin
  if not exists (select from pg_catalog.pg_class c
                  where c.oid = source_table and c.relkind = 'r' and not c.relispartition and c.relpersistence <> 't'
                    and c.relnamespace not in ('booking'::regnamespace, 'pg_catalog'::regnamespace)) then
    -- Rows can be written past the triggers of a partitioned table, and a view has none of its own.
    v_fault := pg_catalog.format('%s is no ordinary table of another module.', source_table);
  elsif v_columns is null then
    v_fault := 'columns is a JSON object: {"tenant_id": "the table''s column", …}.';
  else
    with known (key, type, is_required) as (
      values ('tenant_id', 'uuid', true), ('id', null, true), ('resource_id', 'uuid', true),
             ('starts_at', 'timestamp with time zone', true), ('ends_at', 'timestamp with time zone', true),
             ('status', null, false), ('cancelled_values', null, false), ('title', null, false), ('flag', 'text', false)
    ), given as (
      select coalesce(k.key, c.key) as key, k.key is not null as is_known, k.type, k.is_required, c.value, c.value #>> '{}' as name, a.attnum,
             pg_catalog.format_type(a.atttypid, a.atttypmod) as actual_type
        from known k
        full join pg_catalog.jsonb_each(v_columns) c on c.key = k.key
        left join pg_catalog.pg_attribute a on a.attrelid = source_table and a.attname = c.value #>> '{}' and a.attnum > 0 and not a.attisdropped
    ), faults (rank, fault) as (
      select 1, pg_catalog.format('columns knows no %s.', key) from given where not is_known
      union all
      select 2, pg_catalog.format('columns lacks %s.', key) from given where is_required and name is null
      union all
      select 3, pg_catalog.format('%s names a column, as a string.', key)
        from given where key <> 'cancelled_values' and pg_catalog.jsonb_typeof(value) <> 'string'
      union all
      select 3, 'cancelled_values is an array of values of the status column.'
        from given where key = 'cancelled_values' and pg_catalog.jsonb_typeof(value) <> 'array'
      union all
      select 3, 'status and cancelled_values go together.' where (v_columns ? 'status') <> (v_columns ? 'cancelled_values')
      union all
      select 3, 'cancelled_values is an array of values of the status column.'
        from given g, pg_catalog.jsonb_array_elements(case when g.key = 'cancelled_values' and pg_catalog.jsonb_typeof(g.value) = 'array' then g.value end) v
       where pg_catalog.jsonb_typeof(v) not in ('string', 'number', 'boolean')
      union all
      select 4, pg_catalog.format('%s has no column %s.', source_table, pg_catalog.quote_ident(name))
        from given where key <> 'cancelled_values' and name is not null and attnum is null
      union all
      select 5, pg_catalog.format('Column %s of %s is %s; as %s it must be %s.', pg_catalog.quote_ident(name), source_table, actual_type, key, type)
        from given where actual_type <> type
      union all
      select 6, pg_catalog.format('Column %s of %s cannot be both flag and %s.', pg_catalog.quote_ident(f.name), source_table, o.key)
        from given f join given o on o.name = f.name and o.key not in ('flag', 'cancelled_values') where f.key = 'flag'
      union all
      select 7, pg_catalog.format('The rows of %s cannot be told apart: make its id a primary key, or unique with its tenant.', source_table)
       where not exists (
             select from pg_catalog.pg_index i
              where i.indrelid = source_table and i.indisunique and i.indisvalid and i.indpred is null and i.indexprs is null
                and (i.indkey::smallint[])[0:i.indnkeyatts - 1] <@ array(select g.attnum from given g where g.key in ('tenant_id', 'id'))
                and (select g.attnum from given g where g.key = 'id') = any ((i.indkey::smallint[])[0:i.indnkeyatts - 1]))
    )
    select f.fault into v_fault from faults f order by f.rank, f.fault limit 1;
    if v_fault is null then
      select pg_catalog.format('Column %s of %s can never be %s, so it is none of the cancelled_values.',
               pg_catalog.quote_ident(v_columns ->> 'status'), source_table, pg_catalog.quote_literal(v.value))
        into v_fault
        from pg_catalog.jsonb_array_elements_text(v_columns -> 'cancelled_values') v
       where not booking.can_hold(source_table, v_columns ->> 'status', v.value)
       limit 1;
    end if;
  end if;
  if v_fault is not null then
    perform booking.raise_error(400, 'invalid_argument', v_fault, '{"argument": "columns"}');
  end if;
  return v_columns;
end
$$;

comment on function booking.check_module_columns(regclass, jsonb) is
  'The columns of attach_module() without those that are null, or 400 invalid_argument: in one sentence, what does '
  'not fit the table.';

commit;
