-- Who may act in a tenant. A token counts only while its row is here.
begin;
set local role berth_owner;

create table booking.members (
  tenant_id    uuid not null references booking.tenants (id),
  user_id      uuid not null,
  role         booking.member_role not null default 'member',
  display_name text not null default '' check (length(display_name) <= 200),
  created_at   timestamptz not null default now(),
  primary key (tenant_id, user_id)
);
comment on table booking.members is 'The people of a tenant. Deleting a row ends that person''s access at once, whatever tokens exist.';
comment on column booking.members.user_id is 'The token''s sub claim.';

create view api.members with (security_invoker = true) as
select tenant_id, user_id, role, display_name, created_at
  from booking.members;
comment on view api.members is 'The members of the caller''s tenant: approvers and above see all of them, a member only themselves.';

commit;
