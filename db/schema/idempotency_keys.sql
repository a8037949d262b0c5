-- The answer once given to a key, stored by the transaction that earned it.
begin;
set local role berth_owner;

create table booking.idempotency_keys (
  tenant_id  uuid not null,
  user_id    uuid not null,
  key        text not null check (length(key) between 1 and 255),
  part       text not null default '' check (length(part) <= 50),
  operation  text not null check (length(operation) <= 100),
  hash       bytea not null,
  response   jsonb check (pg_column_size(response) <= 16777216),
  owner_ids  text[] check (cardinality(owner_ids) <= 10000),
  created_at timestamptz not null default now(),
  primary key (tenant_id, user_id, key, part)
);
-- For the answers that show what others own, when one of them is erased. Most show nobody else's, and are not in it.
create index idempotency_keys_of_others on booking.idempotency_keys (tenant_id) where owner_ids is not null;
-- For those that are kept no longer, in all tenants.
create index idempotency_keys_by_age on booking.idempotency_keys using brin (created_at);
comment on table booking.idempotency_keys is
  'One key, one effect, one response. A refusal changes nothing and is not kept: the same key may try again.';
comment on column booking.idempotency_keys.part is
  'A request that writes several rows through a view keeps an answer for each: this is which. Empty for a function.';
comment on column booking.idempotency_keys.hash is
  'SHA-256 of the arguments: the same key with others, or for another operation, is 422 idempotency_key_reused.';
comment on column booking.idempotency_keys.response is
  'Null once an owner it shows has been erased: the request stays done, and what it answered is not told again.';
comment on column booking.idempotency_keys.owner_ids is
  'Whose rows the response shows beside the user''s own (null among them: a module''s); null if nobody''s. It is '
  'repeated to approvers only.';

commit;
