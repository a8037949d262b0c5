-- Calendars that other programs subscribe to, by an address that is a secret.
begin;
set local role berth_owner;

create table booking.calendar_feeds (
  tenant_id    uuid not null,
  id           uuid not null default gen_random_uuid(),
  user_id      uuid not null,
  resource_id  uuid,
  token_hashes bytea[] not null check (cardinality(token_hashes) <= 10),
  created_at   timestamptz not null default now(),
  primary key (tenant_id, id),
  foreign key (tenant_id, user_id) references booking.members (tenant_id, user_id) on delete cascade,
  foreign key (tenant_id, resource_id) references booking.resources (tenant_id, id) on delete cascade
);
create index calendar_feeds_by_user on booking.calendar_feeds (tenant_id, user_id);
create index calendar_feeds_by_resource on booking.calendar_feeds (tenant_id, resource_id) where resource_id is not null;

comment on table booking.calendar_feeds is 'Who may read a calendar without logging in. It goes with its member.';
comment on column booking.calendar_feeds.user_id is 'Who made it: it shows what they may see at the time of reading.';
comment on column booking.calendar_feeds.resource_id is 'The resource it is of; null, the reservations of its member.';
comment on column booking.calendar_feeds.token_hashes is
  'SHA-256 of each token that reads it. The token itself is nowhere: an answer that is asked for again, with an '
  'Idempotency-Key, has another one.';

create view api.calendar_feeds with (security_invoker = true) as
select tenant_id, id, user_id, resource_id, created_at
  from booking.calendar_feeds;
comment on view api.calendar_feeds is
  'The calendar feeds there are: one''s own; all of the tenant''s for admins. create_calendar_feed and '
  'revoke_calendar_feed change them.';

commit;
