-- One event on its way to one endpoint.
begin;
set local role berth_owner;

create table booking.webhook_deliveries (
  tenant_id       uuid not null,
  id              uuid not null default gen_random_uuid(),
  endpoint_id     uuid not null,
  event_id        uuid not null,
  event_type      text not null check (length(event_type) <= 100),
  seq             bigint not null,
  subject_id      text not null check (length(subject_id) <= 100),
  status          text not null default 'pending' check (status in ('pending', 'delivered', 'retrying', 'dead')),
  attempts        integer not null default 0,
  next_attempt_at timestamptz,
  lease_until     timestamptz,
  response_status integer,
  latency_ms      integer,
  error           text check (length(error) <= 1000),
  response_body   text check (length(response_body) <= 1024),
  created_at      timestamptz not null default booking.now(),
  updated_at      timestamptz not null default booking.now(),
  primary key (tenant_id, id),
  -- No foreign key to the event: it would lock and rewrite rows of the log, which stay for as long as this needs them
  -- anyway.
  unique (tenant_id, endpoint_id, event_id),
  foreign key (tenant_id, endpoint_id) references booking.webhook_endpoints (tenant_id, id) on delete cascade,
  check (status in ('pending', 'retrying') or (next_attempt_at is null and lease_until is null)),
  check (next_attempt_at is not null or lease_until is null)
);
-- The order: of what happened to one thing, one delivery an endpoint is in turn, and the others wait for it.
create unique index webhook_deliveries_one_in_turn on booking.webhook_deliveries (tenant_id, endpoint_id, subject_id)
  where status in ('pending', 'retrying') and next_attempt_at is not null;
create index webhook_deliveries_finished on booking.webhook_deliveries (tenant_id, updated_at)
  where status in ('delivered', 'dead');
create index webhook_deliveries_of_subject on booking.webhook_deliveries (tenant_id, endpoint_id, subject_id, seq)
  where status in ('pending', 'retrying');
create index webhook_deliveries_due on booking.webhook_deliveries (tenant_id, endpoint_id, next_attempt_at, seq)
  where status in ('pending', 'retrying') and next_attempt_at is not null;

comment on table booking.webhook_deliveries is
  'One event on its way to one endpoint. Pending: not tried yet; retrying: failed and will be tried again; dead: '
  'given up.';
comment on column booking.webhook_deliveries.seq is 'The event''s: what happened to one thing is sent in this order.';
comment on column booking.webhook_deliveries.subject_id is
  'What the event is about: the reservation, or else the blackout, series, resource …';
comment on column booking.webhook_deliveries.next_attempt_at is
  'When it is due; null once it is finished, and while an earlier one about the same thing is not.';
comment on column booking.webhook_deliveries.lease_until is
  'Some worker is delivering it; if that has not told by then what came of it, it is anybody''s again.';
comment on column booking.webhook_deliveries.response_body is 'The first kilobyte of the last answer.';

create view api.webhook_deliveries with (security_invoker = true) as
select id, tenant_id, endpoint_id, event_id, event_type, status, attempts, response_status, latency_ms, error, response_body,
       next_attempt_at, created_at, updated_at
  from booking.webhook_deliveries;
comment on view api.webhook_deliveries is
  'What was sent to the endpoints and what they answered, for admins. status is pending, delivered, retrying or dead; '
  'response_status, latency_ms, error and response_body (its first kilobyte) are the last attempt''s.';

insert into booking.event_consumers (name) values ('webhooks');

commit;
