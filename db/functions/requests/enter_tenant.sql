begin;
set local role berth_owner;

create function booking.enter_tenant(min_role booking.member_role default 'member') returns booking.members
language plpgsql stable
set search_path = ''
as $$
declare
  v_member booking.members := booking.current_member();
  -- Set even for a stranger, so that nothing is left of whoever came before in this transaction.
  v_entered text := pg_catalog.set_config('booking.tenant_id', coalesce(v_member.tenant_id::text, ''), true)
                 || pg_catalog.set_config('booking.user_id', coalesce(v_member.user_id::text, ''), true);
begin
  if v_member.role >= min_role then
    return v_member;
  end if;
  perform booking.raise_error(403, 'forbidden',
    case when v_entered = '' then 'You are no member of this tenant.'
         else pg_catalog.format('This takes the role %s; yours is %s.', min_role, v_member.role) end);
end
$$;

comment on function booking.enter_tenant(booking.member_role) is
  'What lets a function of the owner into the caller''s tenant, and into no other: the setting booking.tenant_id, by which row level security binds the owner, '
  'and booking.user_id, the actor of its events. 403 forbidden below min_role.';

commit;
