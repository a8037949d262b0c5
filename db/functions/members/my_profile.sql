begin;
set local role berth_owner;

create function api.my_profile() returns jsonb
language sql stable security definer
set search_path = pg_catalog, pg_temp
return booking.show_profile(booking.enter_tenant());

comment on function api.my_profile() is
  'Who the caller is: {"tenant_id", "user_id", "role", "display_name", "email", "email_consent", "email_consent_at", '
  '"email_verified", "email_verified_at", "phone", "created_at"}.';
grant execute on function api.my_profile() to authenticated, service_role;

commit;
