begin;

revoke select on api.events from authenticated, service_role;
revoke select on booking.events from authenticated, service_role, berth_gateway;
drop policy entered_tenant on booking.events;
drop policy gateway_reads on booking.events;
drop policy own_or_approver_reads on booking.events;
alter table booking.events no force row level security;
alter table booking.events disable row level security;

commit;
