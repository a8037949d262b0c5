begin;
set local role berth_owner;

create function booking.can_hold(source_table regclass, name text, value text) returns boolean
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_column pg_catalog.pg_attribute;
  v_constraint record;
  v_type text;
  v_holds boolean;
begin
  select a.* into strict v_column from pg_catalog.pg_attribute a
   where a.attrelid = source_table and a.attname = name and a.attnum > 0 and not a.attisdropped;
  v_type := pg_catalog.format_type(v_column.atttypid, v_column.atttypmod);
  begin
    -- A value is compared by its text, which may be another than what was given: true, and not t.
    execute pg_catalog.format('select %L::%s::text = %L', value, v_type, value) into v_holds;
  exception when data_exception or integrity_constraint_violation then
    return false;
  end;
  for v_constraint in
    select c.contype, pg_catalog.pg_get_expr(c.conbin, c.conrelid) as expression, c.confrelid::regclass as others,
           f.attname as other
      from pg_catalog.pg_constraint c
      left join pg_catalog.pg_attribute f on f.attrelid = c.confrelid and f.attnum = c.confkey[1]
     where c.conrelid = source_table and c.conkey = array[v_column.attnum]
       and (c.contype = 'c' or (c.contype = 'f' and pg_catalog.has_table_privilege(c.confrelid, 'select')))
  loop
    exit when v_holds is not true;
    if v_constraint.contype = 'c' then
      execute pg_catalog.format('select (%s) is not false from (select %L::%s as %I) t',
                                v_constraint.expression, value, v_type, name)
         into v_holds;
    else
      execute pg_catalog.format('select exists (select from %s t where t.%I = %L::%s)',
                                v_constraint.others, v_constraint.other, value, v_type)
         into v_holds;
    end if;
  end loop;
  return coalesce(v_holds, false);
end
$$;

comment on function booking.can_hold(regclass, text, text) is
  'Whether this column can ever show this text: as its type does, and by the constraints that are about it alone.';

commit;
