-- Who the members are, for those who may see it.
begin;
set local role berth_owner;

create view api.members with (security_invoker = true) as
select tenant_id, user_id, role, display_name, created_at,
       case when user_id = (select booking.current_user_id()) or (select booking.current_member_role()) >= 'manager' then email end as email,
       case when user_id = (select booking.current_user_id()) or (select booking.current_member_role()) >= 'manager' then phone end as phone
  from booking.members;
comment on view api.members is
  'The members of the caller''s tenant: approvers and above see all of them, a member only themselves. email and '
  'phone are one''s own, and for managers and above.';

commit;
