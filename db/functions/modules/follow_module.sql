begin;
set local role berth_owner;

create function booking.follow_module() returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_module booking.modules;
  v_before text;
  v_after text;
  v_old booking.module_row[] := '{}';
  v_new booking.module_row[] := '{}';
begin
  select m.* into strict v_module from booking.modules m where m.source_table = tg_relid and m.module = tg_argv[0];
  v_before := booking.query_module_rows(v_module.columns, case tg_op when 'TRUNCATE' then tg_relid::regclass::text else 'old_rows' end);
  v_after := booking.query_module_rows(v_module.columns, 'new_rows');
  -- What other columns say is no concern of ours.
  if tg_op = 'UPDATE' then
    execute pg_catalog.format('select array(select q::booking.module_row from (%1$s except %2$s) q), array(select q::booking.module_row from (%2$s except %1$s) q)', v_before, v_after)
       into v_old, v_new;
  elsif tg_op = 'INSERT' then
    execute pg_catalog.format('select array(select q::booking.module_row from (%s) q)', v_after) into v_new;
  else
    execute pg_catalog.format('select array(select q::booking.module_row from (%s) q)', v_before) into v_old;
  end if;
  if v_old <> '{}' or v_new <> '{}' then
    perform booking.follow_module_rows(v_module, v_old, v_new);
  end if;
  return null;
end
$$;

comment on function booking.follow_module() is
  'Trigger of a module''s table, made by attach_module() with the module''s name as its argument: reservations follow '
  'the rows, in the same transaction.';

commit;
