begin;
set local role berth_owner;

create function booking.current_user_id() returns uuid
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return (booking.current_member()).user_id;
end
$$;

comment on function booking.current_user_id() is 'The caller; null for one who is no member, and for a DBA.';
grant execute on function booking.current_user_id() to authenticated, service_role;

commit;
