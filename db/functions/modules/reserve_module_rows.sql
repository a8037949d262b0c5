begin;
set local role berth_owner;

create function booking.reserve_module_rows(source_table regclass) returns void
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_module booking.modules;
  v_rows booking.module_row[];
begin
  select m.* into strict v_module from booking.modules m where m.source_table = reserve_module_rows.source_table;
  -- What is flagged has been told that its time is gone or elsewhere, and is not given it behind the manager's back.
  execute pg_catalog.format('select array(select q::booking.module_row from (%s) q where q.ends_at > booking.now() and not (q.is_live and %s))',
      booking.query_module_rows(v_module.columns, source_table::text),
      case when v_module.columns ? 'flag'
           then pg_catalog.format('(q.tenant_id, q.id) in (select t.%I, t.%I::text from %s t where t.%I is not null)',
                  v_module.columns ->> 'tenant_id', v_module.columns ->> 'id', source_table, v_module.columns ->> 'flag')
           else 'false' end)
     into v_rows;
  perform booking.follow_module_rows(v_module, '{}', v_rows);
end
$$;

comment on function booking.reserve_module_rows(regclass) is
  'Reserves for the rows that a module''s table has already, but for those that are over or flagged; what they have from earlier is kept, moved or cancelled, as they say now. All or none.';

commit;
