begin;
set local role berth_owner;

create function booking.record_attempts(attempts jsonb) returns bigint
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_before jsonb := booking.swap_settings('{"tenant_id": null}');
  v_tenant_id uuid;
  v_rows bigint;
  v_total bigint := 0;
begin
  for v_tenant_id in
    select distinct a.tenant_id from pg_catalog.jsonb_to_recordset(attempts) as a (tenant_id uuid)
  loop
    perform booking.swap_settings(pg_catalog.jsonb_build_object('tenant_id', v_tenant_id));
    insert into booking.booking_attempts (tenant_id, occurred_at, outcome, search_seconds)
    select t.id, a.occurred_at, a.outcome, a.search_seconds
      from pg_catalog.jsonb_to_recordset(attempts) as a (tenant_id uuid, occurred_at timestamptz, outcome text, search_seconds real)
      join booking.tenants t on t.id = a.tenant_id -- it may be gone by now
     where a.tenant_id = v_tenant_id;
    get diagnostics v_rows = row_count;
    v_total := v_total + v_rows;
  end loop;
  perform booking.swap_settings(v_before);
  return v_total;
end
$$;

comment on function booking.record_attempts(jsonb) is
  'Keeps a list of attempts to book, of any tenants: [{tenant_id, occurred_at, outcome, search_seconds}]. Returns how '
  'many. For the gateway, which alone sees what the database has rolled back.';
grant execute on function booking.record_attempts(jsonb) to berth_gateway;

commit;
