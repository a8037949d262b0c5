-- What deliveries are signed with. Apart from the endpoints, so that no view or event of those can show it.
begin;
set local role berth_owner;

create table booking.webhook_secrets (
  tenant_id   uuid not null,
  endpoint_id uuid not null,
  number      integer not null,
  secret      text not null check (length(secret) between 38 and 94 and secret ~ '^whsec_([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$'),
  expires_at  timestamptz,
  created_at  timestamptz not null default booking.now(),
  primary key (tenant_id, endpoint_id, number),
  foreign key (tenant_id, endpoint_id) references booking.webhook_endpoints (tenant_id, id) on delete cascade
);
create unique index webhook_secrets_one_current on booking.webhook_secrets (tenant_id, endpoint_id) where expires_at is null;
create index webhook_secrets_to_expire on booking.webhook_secrets (expires_at) where expires_at is not null;

comment on table booking.webhook_secrets is
  'The secrets of the endpoints, for the engine alone. In clear, since a signature needs them: whoever reads this '
  'table, or a backup of it, can forge deliveries.';
comment on column booking.webhook_secrets.number is 'Rises with every rotation.';
comment on column booking.webhook_secrets.expires_at is
  'Until when deliveries are signed with it too; null: the current one.';

commit;
