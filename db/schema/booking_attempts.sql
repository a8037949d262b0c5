-- What became of requests to book that left nothing in the log: refusals, which were rolled back.
begin;
set local role berth_owner;

create table booking.booking_attempts (
  tenant_id      uuid not null references booking.tenants (id),
  occurred_at    timestamptz not null,
  id             uuid not null default gen_random_uuid(),
  outcome        text not null check (outcome ~ '^[a-z_]{1,50}$'),
  search_seconds real check (search_seconds >= 0),
  primary key (tenant_id, occurred_at, id)
);
comment on table booking.booking_attempts is
  'Requests to book as the gateway saw them: every refusal, and those successes that a search came before; the log has '
  'the others. '
  'Nothing in it is personal. A record for statistics, which may have gaps; rows may be deleted at any age.';
comment on column booking.booking_attempts.outcome is 'created, or the slug of the refusal.';
comment on column booking.booking_attempts.search_seconds is
  'How long before the answer its user had last searched for time; null where the gateway saw no search.';

commit;
