-- The rules that each resource goes by. Rules change rarely and bookings come often, so they are resolved when they
-- change.
begin;
set local role berth_owner;

create table booking.resolved_rules (
  tenant_id   uuid not null,
  resource_id uuid not null,
  rules       booking.booking_rules not null,
  scopes      jsonb not null,
  is_ruled    boolean not null,
  has_hours   boolean not null,
  has_quotas  boolean not null,
  primary key (tenant_id, resource_id),
  foreign key (tenant_id, resource_id) references booking.resources (tenant_id, id) on delete cascade
);
comment on table booking.resolved_rules is
  'The rules that each resource goes by, one row a resource, kept by triggers as list_resolved_rules() resolves them.';
comment on column booking.resolved_rules.rules is
  'Each rule as the most specific row sets it, or its default; null sets no limit.';
comment on column booking.resolved_rules.scopes is
  'Of each rule that somebody has set, whose row sets it: {rule: resource, kind or tenant}.';
comment on column booking.resolved_rules.is_ruled is 'Whether a rule is set that can refuse a booking, quotas aside.';
comment on column booking.resolved_rules.has_quotas is 'Whether a rule is set that counts what the owner has booked.';
comment on column booking.resolved_rules.has_hours is 'Whether opening hours or exceptions exist that can be for it.';

commit;
