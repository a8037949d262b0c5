begin;
set local role berth_owner;

create function booking.check_log(tenant_id uuid, since timestamptz, argument text) returns void
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_tenant booking.tenants;
begin
  select t.* into v_tenant
    from booking.tenants t
   where t.id = check_log.tenant_id;
  if since < v_tenant.events_kept_since then
    perform booking.raise_error(400, 'invalid_argument',
      pg_catalog.format('The log of events is kept since %s; ask for a time from then on.',
        booking.local_time_text(v_tenant.events_kept_since, v_tenant.timezone, null)),
      pg_catalog.jsonb_build_object('argument', argument, 'kept_since', v_tenant.events_kept_since));
  end if;
end
$$;

comment on function booking.check_log(uuid, timestamptz, text) is
  'Refuses to answer from the log about time of which it has not all events any more: 400 invalid_argument, with '
  'details.kept_since.';

commit;
