-- Where the events of a tenant are sent.
begin;
set local role berth_owner;

create table booking.webhook_endpoints (
  tenant_id       uuid not null references booking.tenants (id),
  id              uuid not null default gen_random_uuid(),
  url             text not null check (length(url) <= 2048),
  event_types     text[] not null default '{*}' check (booking.is_short_list(event_types, 50, 100)),
  description     text not null default '' check (length(description) <= 1000),
  created_by      uuid,
  after_seq       bigint not null default coalesce(pg_sequence_last_value('booking.events_seq_seq'), 0),
  disabled_at     timestamptz,
  disabled_reason text check (length(disabled_reason) <= 1000),
  failing_since   timestamptz,
  last_attempt_at timestamptz,
  last_latency_ms integer,
  created_at      timestamptz not null default booking.now(),
  updated_at      timestamptz not null default booking.now(),
  primary key (tenant_id, id),
  check ((disabled_at is null) = (disabled_reason is null)),
  check (array_position(event_types, null) is null and array_to_string(event_types, ',') ~ '^[a-z_.*]{1,50}(,[a-z_.*]{1,50}){0,19}$')
);
comment on table booking.webhook_endpoints is
  'Where the events of a tenant are sent. Whoever writes deliveries of an endpoint holds the lock of its row, so that '
  'they see one another''s.';
comment on column booking.webhook_endpoints.event_types is 'Globs: what of the log it wants.';
comment on column booking.webhook_endpoints.created_by is
  'The admin who registered it; the events about it are theirs.';
comment on column booking.webhook_endpoints.after_seq is
  'That of the last event written when it was made, or enabled again: those after it it gets, and none from before.';
comment on column booking.webhook_endpoints.disabled_at is 'Since when nothing is sent to it; null while it is live.';
comment on column booking.webhook_endpoints.failing_since is
  'The first failure of the present run of failures; null once an attempt succeeds.';

create view api.webhook_endpoints with (security_invoker = true) as
select id, tenant_id, url, event_types, description, disabled_at is null as is_enabled, disabled_at, disabled_reason,
       failing_since, last_attempt_at, created_by, created_at, updated_at
  from booking.webhook_endpoints;
comment on view api.webhook_endpoints is
  'Where the events of the tenant are sent, for admins. The secrets are not here: create_webhook_endpoint and '
  'rotate_webhook_secret tell them once.';

commit;
