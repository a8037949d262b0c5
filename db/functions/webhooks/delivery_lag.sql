begin;
set local role berth_owner;

create function booking.delivery_lag() returns interval
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    select coalesce(pg_catalog.max(booking.now() - d.next_attempt_at), '0')
      from booking.webhook_deliveries d
      join booking.webhook_endpoints w on w.tenant_id = d.tenant_id and w.id = d.endpoint_id
     where d.status in ('pending', 'retrying') and d.next_attempt_at <= booking.now() and d.lease_until is null
       and w.failing_since is null
  );
end
$$;

comment on function booking.delivery_lag() is
  'How long the delivery that is due first, to an endpoint that does not fail, has waited for a worker; zero if none '
  'is due. For a role that sees every tenant.';
grant execute on function booking.delivery_lag() to berth_worker;

commit;
