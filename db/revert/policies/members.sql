begin;

revoke select on api.members from authenticated, service_role;
revoke select on booking.members from authenticated, service_role, berth_gateway;
drop policy entered_tenant on booking.members;
drop policy gateway_reads on booking.members;
drop policy own_or_approver_reads on booking.members;
alter table booking.members no force row level security;
alter table booking.members disable row level security;

commit;
