-- What phones have sent from their queues, so that what they send again changes nothing.
begin;
set local role berth_owner;

create table booking.synced_operations (
  tenant_id  uuid not null,
  user_id    uuid not null,
  key        text not null check (length(key) between 1 and 255),
  hash       bytea not null,
  error      jsonb check (pg_column_size(error) <= 1048576),
  created_at timestamptz not null default now(),
  primary key (tenant_id, user_id, key)
);
create index synced_operations_by_age on booking.synced_operations using brin (created_at);
comment on table booking.synced_operations is
  'Every operation that sync_reservations has decided, for good: what was applied is not applied again, and what was '
  'refused stays refused.';
comment on column booking.synced_operations.key is
  'The client''s operation_id; of an operation without one, what it says, and how often the list has said it by then.';
comment on column booking.synced_operations.hash is
  'SHA-256 of the operation: the same operation_id with another is 422 idempotency_key_reused.';
comment on column booking.synced_operations.error is 'Why it was refused; null if it was applied.';

commit;
