begin;

revoke select on booking.event_positions from authenticated, service_role, berth_gateway;
drop policy entered_tenant on booking.event_positions;
drop policy gateway_reads on booking.event_positions;
drop policy members_read on booking.event_positions;
alter table booking.event_positions no force row level security;
alter table booking.event_positions disable row level security;

commit;
