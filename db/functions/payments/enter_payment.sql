begin;
set local role berth_owner;

create function booking.enter_payment(tenant_id uuid) returns void
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  -- Nobody is asking: what the provider says, it says in nobody's name.
  perform pg_catalog.set_config('booking.tenant_id', coalesce(tenant_id::text, ''), true),
          pg_catalog.set_config('booking.user_id', '', true),
          pg_catalog.set_config('booking.reason', '', true),
          pg_catalog.set_config('booking.override', '', true);
end
$$;

comment on function booking.enter_payment(uuid) is
  'What a function for the gateway''s payments begins with: enters the tenant that a notification names, and no other.';

commit;
