begin;
set local role berth_owner;

create function booking.list_approvers() returns jsonb
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_member booking.members := booking.current_member();
begin
  return (
    select coalesce(pg_catalog.jsonb_agg(
             pg_catalog.jsonb_build_object('user_id', m.user_id, 'display_name', m.display_name, 'role', m.role)
             order by m.role, m.display_name, m.user_id), '[]')
      from booking.members m
     where m.tenant_id = v_member.tenant_id and m.role >= 'approver');
end
$$;

comment on function booking.list_approvers() is
  'Who may approve in the caller''s tenant, approvers first: [{"user_id", "display_name", "role"}]. Members see them '
  'too, though not each other.';
grant execute on function booking.list_approvers() to authenticated, service_role;

commit;
