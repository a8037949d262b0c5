begin;
set local role berth_owner;

create function booking.current_tenant_id() returns uuid
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return (booking.current_member()).tenant_id;
end
$$;

comment on function booking.current_tenant_id() is
  'The caller''s tenant; null for one who is no member of the tenant the token names.';
grant execute on function booking.current_tenant_id() to authenticated, service_role;

commit;
