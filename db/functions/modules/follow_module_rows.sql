begin;
set local role berth_owner;

create function booking.follow_module_rows(
  module booking.modules,
  old_rows booking.module_row[],
  new_rows booking.module_row[]
) returns void
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_before jsonb := booking.swap_settings('{"tenant_id": null}');
  v_claimed text := booking.claimed_tenant_id(nullif(pg_catalog.current_setting('request.jwt.claims', true), '')::jsonb);
  v_tenant_id uuid;
begin
  for v_tenant_id in
    select o.tenant_id from pg_catalog.unnest(old_rows) o
     union
    select n.tenant_id from pg_catalog.unnest(new_rows) n
     order by 1
  loop
    if v_claimed is not null then
      if pg_catalog.lower(v_claimed) is distinct from v_tenant_id::text then
        perform booking.raise_error(403, 'forbidden', 'This row belongs to another tenant than your token.');
      end if;
      perform booking.current_member(); -- the actor
    end if;
    perform booking.swap_settings(pg_catalog.jsonb_build_object('tenant_id', v_tenant_id));
    perform booking.follow_tenant_rows(
      module, v_tenant_id,
      array(select o from pg_catalog.unnest(old_rows) o where o.tenant_id is not distinct from v_tenant_id),
      array(select n from pg_catalog.unnest(new_rows) n where n.tenant_id is not distinct from v_tenant_id));
  end loop;
  perform booking.swap_settings(v_before);
end
$$;

comment on function booking.follow_module_rows(booking.modules, booking.module_row[], booking.module_row[]) is
  'Enters one tenant after the other, and makes its reservations follow; afterwards it is as it was before. 403 '
  'forbidden where a token names another tenant.';

commit;
