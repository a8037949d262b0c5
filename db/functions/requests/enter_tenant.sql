begin;
set local role berth_owner;

create function booking.enter_tenant(min_role booking.member_role default 'member') returns booking.members
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_member booking.members := booking.current_member();
begin
  if v_member.role >= min_role then
    return v_member;
  end if;
  perform booking.raise_error(403, 'forbidden',
    case when v_member.role is null then 'You are no member of this tenant.'
         else pg_catalog.format('This takes the role %s; yours is %s.', min_role, v_member.role) end);
end
$$;

comment on function booking.enter_tenant(booking.member_role) is
  'What a function of the owner begins with: enters the caller''s tenant, or refuses who is not at least min_role '
  'there (403 forbidden).';

commit;
