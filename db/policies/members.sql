begin;
set local role berth_owner;

alter table booking.members enable row level security;
alter table booking.members force row level security;

-- Membership is what lets a function enter a tenant, so here the owner goes by the token alone.
create policy claimed_or_entered_tenant on booking.members for all to berth_owner
  using (tenant_id = (select coalesce(nullif(claims ->> 'tenant_id', ''), nullif(claims #>> '{app_metadata,tenant_id}', ''),
                                      nullif(current_setting('booking.tenant_id', true), ''))::uuid
                        from (select nullif(current_setting('request.jwt.claims', true), '')::jsonb) as token (claims)));
create policy own_or_approver_reads on booking.members for select to authenticated, service_role
  using (tenant_id = (select booking.current_tenant_id())
         and (user_id = (select booking.current_user_id()) or (select booking.current_member_role()) >= 'approver'));

grant select on booking.members to authenticated, service_role;
grant select on api.members to authenticated, service_role;

commit;
