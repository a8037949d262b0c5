-- What members pay for their reservations, and what providers say of it.
begin;
set local role berth_owner;

create table booking.payments (
  tenant_id          uuid not null,
  id                 uuid not null default gen_random_uuid(),
  owner_id           uuid not null,
  provider           text not null check (provider ~ '^[a-z0-9_]{1,50}$'),
  status             text not null default 'pending' check (status in ('pending', 'succeeded', 'failed', 'refund_due', 'refunded')),
  amount             numeric not null check (amount > 0),
  currency           text not null check (currency ~ '^[A-Z]{3}$'),
  refund_amount      numeric not null default 0 check (refund_amount between 0 and amount and (refund_amount > 0) = (status = 'refund_due')),
  description        text not null default '' check (length(description) <= 1000),
  provider_reference text check (provider_reference <> '' and length(provider_reference) <= 200),
  repeat_of          uuid,
  status_reason      text check (length(status_reason) <= 1000),
  version            integer not null default 1,
  created_at         timestamptz not null default booking.now(),
  updated_at         timestamptz not null default booking.now(),
  primary key (tenant_id, id),
  foreign key (tenant_id, repeat_of) references booking.payments (tenant_id, id),
  check (provider_reference is not null or status = 'pending')
);
create unique index one_payment_a_reference on booking.payments (tenant_id, provider, provider_reference) where provider_reference is not null;
create index payments_by_owner on booking.payments (tenant_id, owner_id, created_at);
create index payments_by_repeat on booking.payments (tenant_id, repeat_of);

comment on table booking.payments is 'One checkout, for one or several reservations, and what came of it.';
comment on column booking.payments.provider is 'Who takes the money: payfast.';
comment on column booking.payments.status is
  'pending until the provider says more; succeeded: the money is here, and what it paid for is confirmed; failed; '
  'refund_due: refund_amount is to be given back; refunded: it was.';
comment on column booking.payments.refund_amount is
  'How much of it is to be given back: what was paid too late, or twice, or for what was cancelled since.';
comment on column booking.payments.provider_reference is 'The provider''s own id of it, which is credited once.';
comment on column booking.payments.repeat_of is
  'The payment whose checkout was paid once more: this money bought nothing.';
comment on column booking.payments.status_reason is
  'Why something is to be given back, as a slug: slot_taken, cancelled; or what was said of a refund.';

create table booking.payment_items (
  tenant_id      uuid not null,
  payment_id     uuid not null,
  reservation_id uuid not null,
  amount         numeric not null check (amount > 0),
  refund         text check (refund in ('due', 'done')),
  primary key (tenant_id, payment_id, reservation_id),
  foreign key (tenant_id, payment_id) references booking.payments (tenant_id, id)
);
create index payment_items_by_reservation on booking.payment_items (tenant_id, reservation_id);
comment on table booking.payment_items is
  'Which reservations a payment is for. They may be deleted, and leave it standing: money is never forgotten.';
comment on column booking.payment_items.amount is 'The reservation''s amount_due when the checkout began.';
comment on column booking.payment_items.refund is
  'Null, once it is paid: it bought the reservation. due: it is to be given back; done: it was.';

create table booking.payment_notifications (
  tenant_id       uuid not null,
  id              uuid not null default gen_random_uuid(),
  provider        text not null check (length(provider) <= 50),
  payment_id      uuid,
  source          inet,
  body            bytea not null check (octet_length(body) <= 65536),
  digest          bytea not null generated always as (sha256(body)) stored,
  status          text not null default 'received' check (status in ('received', 'accepted', 'rejected')),
  status_reason   text check (length(status_reason) <= 1000),
  deliveries      integer not null default 1,
  attempts        integer not null default 0,
  next_attempt_at timestamptz default booking.now() + interval '5 minutes',
  received_at     timestamptz not null default booking.now(),
  updated_at      timestamptz not null default booking.now(),
  primary key (tenant_id, id),
  unique nulls not distinct (tenant_id, provider, digest, source)
);
-- For the worker, which looks in all tenants at once.
create index payment_notifications_to_verify on booking.payment_notifications (next_attempt_at) where status = 'received';
comment on table booking.payment_notifications is
  'What came in at a provider''s notify address, as it came, stored before anything is made of it. Equal ones from '
  'the same address are one row.';
comment on column booking.payment_notifications.tenant_id is
  'The tenant it names, which may not exist; all zeros where it names none. Nobody has checked it unless it was '
  'accepted.';
comment on column booking.payment_notifications.status is
  'received until it is decided; accepted; rejected, and nothing was changed.';
comment on column booking.payment_notifications.status_reason is 'Which check it failed.';
comment on column booking.payment_notifications.deliveries is 'How often it came.';
comment on column booking.payment_notifications.attempts is
  'How often the worker has tried to decide it, since it came last.';
comment on column booking.payment_notifications.next_attempt_at is
  'When the worker tries to decide one that is still received; null: no more.';

create view api.payments with (security_invoker = true) as
select p.id, p.tenant_id, p.owner_id, p.provider, p.status, p.amount, p.currency, p.refund_amount, p.description,
       array(select i.reservation_id
               from booking.payment_items i
              where i.tenant_id = p.tenant_id and i.payment_id = p.id
              order by i.reservation_id) as reservation_ids,
       p.provider_reference, p.repeat_of, p.status_reason, p.version, p.created_at, p.updated_at
  from booking.payments p;
comment on view api.payments is 'Payments: a member''s own; all of the tenant''s for managers and above.';

commit;
