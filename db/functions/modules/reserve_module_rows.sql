begin;
set local role berth_owner;

create function booking.reserve_module_rows(source_table regclass, one_by_one boolean default false)
  returns setof booking.module_conflict
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_module booking.modules;
  v_rows booking.module_row[];
  v_row booking.module_row;
  v_refused booking.module_row[];
  v_conflict booking.module_conflict;
  v_conflicts booking.module_conflict[];
  v_state text;
  v_details text;
  v_before jsonb;
begin
  select m.* into strict v_module from booking.modules m where m.source_table = reserve_module_rows.source_table;
  -- Without an end it is not over, and is refused as it is when somebody writes it later.
  -- What is flagged has been told that its time is gone or elsewhere, and is not given it behind the manager's back.
  execute pg_catalog.format('select array(select q::booking.module_row from (%s) q where (q.ends_at > booking.now() or q.starts_at > booking.now()) is not false and not (q.is_live and %s) order by q.starts_at, q.id)',
      booking.query_module_rows(v_module.columns, source_table::text),
      case when v_module.columns ? 'flag'
           then pg_catalog.format('(q.tenant_id, q.id) in (select t.%I, t.%I::text from %s t where t.%I is not null)',
                  v_module.columns ->> 'tenant_id', v_module.columns ->> 'id', source_table, v_module.columns ->> 'flag')
           else 'false' end)
     into v_rows;
  if not one_by_one then
    perform booking.follow_module_rows(v_module, '{}', v_rows);
    return;
  end if;
  -- Again as long as one finds its time: another may have to leave it first.
  loop
    v_refused := '{}';
    v_conflicts := '{}';
    foreach v_row in array v_rows loop
      begin
        perform booking.follow_module_rows(v_module, '{}', array[v_row]);
      exception when others then
        get stacked diagnostics v_state = returned_sqlstate, v_details = pg_exception_detail;
        -- Refused, no data of ours, or a broken constraint; anything else is no fault of the row.
        if v_state !~ '^(PT|22|23)' then
          raise;
        end if;
        v_conflict := null;
        v_conflict.tenant_id := v_row.tenant_id;
        v_conflict.id := v_row.id;
        get stacked diagnostics v_conflict.code = message_text, v_conflict.hint = pg_exception_hint;
        v_conflict.details := case when v_state like 'PT%' then v_details::jsonb end;
        v_conflicts := v_conflicts || v_conflict;
        v_refused := v_refused || v_row;
      end;
    end loop;
    exit when pg_catalog.cardinality(v_refused) in (0, pg_catalog.cardinality(v_rows));
    v_rows := v_refused;
  end loop;
  foreach v_conflict in array v_conflicts loop
    if v_conflict.code = 'slot_taken' then
      v_before := booking.swap_settings(pg_catalog.jsonb_build_object('tenant_id', v_conflict.tenant_id));
      v_conflict.other_ids := array(
        select distinct r.source_id
          from pg_catalog.unnest(v_rows) w
         cross join booking.find_rules(booking.find_resource(w.tenant_id, w.resource_id)) b
          join booking.claims c on c.tenant_id = w.tenant_id and c.resource_id = w.resource_id
           and c.during && booking.taken_range(w.starts_at, w.ends_at, b.buffer_before, b.buffer_after)
          join booking.reservations r on r.tenant_id = c.tenant_id and r.id = c.source_id
         where w.tenant_id = v_conflict.tenant_id and w.id = v_conflict.id
           and r.source_module = v_module.module and r.owner_id is null
         order by r.source_id);
      perform booking.swap_settings(v_before);
    end if;
    return next v_conflict;
  end loop;
end
$$;

comment on function booking.reserve_module_rows(regclass, boolean) is
  'Reserves for the rows that a module''s table has already, but for those that are over or flagged; what they have '
  'from earlier is kept, moved or cancelled, as they say now. All or none. '
  'one_by_one: as many as can be had, the earlier before the later; returns those that cannot.';

commit;
