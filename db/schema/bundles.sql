-- Several reservations that stand or fall together: a room, an engineer and a truck.
begin;
set local role berth_owner;

create table booking.bundles (
  id         uuid not null default gen_random_uuid(),
  tenant_id  uuid not null references booking.tenants (id),
  title      varchar(500) not null default '',
  owner_id   uuid,
  created_at timestamptz not null default booking.now(),
  primary key (tenant_id, id)
);
comment on table booking.bundles is
  'A group of reservations that are made, confirmed, approved, moved and cancelled as one; they are ordinary rows of '
  'reservations, with bundle_id.';
comment on column booking.bundles.owner_id is 'The member it belongs to.';

create view api.bundles with (security_invoker = true) as
select id, tenant_id, title, owner_id, created_at
  from booking.bundles;
comment on view api.bundles is
  'Bundles: a member''s own; all of the tenant''s for approvers and above. select=*,reservations(*) brings the '
  'reservations along.';

commit;
