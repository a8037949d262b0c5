begin;
set local role berth_owner;

create function booking.current_member_role() returns booking.member_role
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return (booking.current_member()).role;
end
$$;

comment on function booking.current_member_role() is
  'The caller''s role in the tenant; null for one who is no member, and for a DBA.';
grant execute on function booking.current_member_role() to authenticated, service_role;

commit;
