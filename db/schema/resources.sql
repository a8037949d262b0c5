-- Whatever can be reserved: a room, a desk pool, a truck, an artist.
begin;
set local role berth_owner;

create table booking.resources (
  tenant_id         uuid not null references booking.tenants (id),
  id                uuid not null default gen_random_uuid(),
  kind              text not null default 'room' check (kind ~ '^[a-z0-9_-]{1,50}$'),
  name              text not null check (name <> '' and length(name) <= 200
                                     and name !~ '[\u0001-\u001f\u007f-\u009f\u2028\u2029]'),
  description       text not null default '' check (length(description) <= 10000),
  timezone          text not null check (length(timezone) <= 63),
  capacity          integer not null default 1 check (capacity between 1 and 10000),
  seats             integer check (seats >= 0),
  tags              text[] not null default '{}' check (booking.is_short_list(tags, 50, 100)),
  requires_approval boolean not null default false,
  blocking_statuses booking.reservation_status[] not null default '{held,pencilled,confirmed,checked_in}'
                    check (cardinality(blocking_statuses) <= 6 and blocking_statuses @> '{confirmed,checked_in}'
                       and blocking_statuses <@ '{tentative,held,pencilled,pending,confirmed,checked_in}'),
  is_active         boolean not null default true,
  source_module     text check (length(source_module) <= 63),
  source_id         text check (length(source_id) <= 200),
  price_amount      numeric(12, 2) check (price_amount >= 0),
  price_currency    text check (price_currency ~ '^[A-Z]{3}$'),
  price_per         text check (price_per in ('booking', 'hour', 'day')),
  metadata          jsonb not null default '{}' check (jsonb_typeof(metadata) = 'object' and octet_length(metadata::text) <= 16384
                                                        and not metadata @? 'strict $.**{33}'),
  created_at        timestamptz not null default now(),
  updated_at        timestamptz not null default now(),
  claims_kept_since timestamptz,
  primary key (tenant_id, id),
  unique (tenant_id, source_module, source_id),
  check ((source_module is null) = (source_id is null)),
  check (price_amount is null or (price_currency is not null and price_per is not null))
);
comment on table booking.resources is 'What can be reserved.';
comment on column booking.resources.name is 'What people call it: one line of at most 200 characters.';
comment on column booking.resources.kind is 'What it is, in one word of the tenant''s own: room, desk, truck, artist.';
comment on column booking.resources.timezone is
  'IANA time zone its opening hours, recurrences and messages are local to; the tenant''s where none is given.';
comment on column booking.resources.capacity is 'How many identical units it has; each is claimed on its own.';
comment on column booking.resources.seats is 'How many people fit; for search only.';
comment on column booking.resources.requires_approval is
  'A reservation asked for as confirmed waits as pending until an approver decides.';
comment on column booking.resources.blocking_statuses is
  'The statuses whose reservations take time; always includes confirmed and checked_in.';
comment on column booking.resources.is_active is
  'Only an active resource takes new reservations (422 resource_inactive).';
comment on column booking.resources.price_amount is
  'What a unit of it costs, in price_currency, for each price_per; null or 0: nothing. It counts for what is booked '
  'from then on.';
comment on column booking.resources.price_currency is 'ISO 4217, like ZAR.';
comment on column booking.resources.price_per is
  'booking; hour: as time elapses, to the fraction; day: for each 24 hours begun, by the clock on the wall of its '
  'time zone.';
comment on column booking.resources.claims_kept_since is
  'Nothing may take time before it any more, by any road, for what was taken there is kept no longer; null: nothing '
  'has gone. It only rises, by prune_claims().';
comment on column booking.resources.source_module is
  'The module this resource belongs to, with source_id naming its row there.';

create view api.resources with (security_invoker = true) as
select tenant_id, id, kind, name, description, timezone, capacity, seats, tags, requires_approval,
       blocking_statuses, is_active, source_module, source_id, price_amount, price_currency, price_per,
       metadata, created_at, updated_at
  from booking.resources;
comment on view api.resources is
  'What can be reserved. Managers also insert, update and delete here (403 forbidden for others, 400 invalid_argument '
  'or unknown_timezone for bad values, 409 capacity_in_use for deleting one with reservations).';

commit;
