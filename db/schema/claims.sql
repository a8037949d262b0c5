-- A claim is one unit of one resource taken for one half-open range of time. The exclusion constraint is why Berth
-- exists.
begin;
set local role berth_owner;

create table booking.claims (
  tenant_id   uuid not null,
  resource_id uuid not null,
  unit        integer not null,
  during      tstzrange not null,
  claimant    uuid not null,
  source_id   uuid not null,
  expires_at  timestamptz,
  starts_at   timestamptz generated always as (lower(during)) stored,
  ends_at     timestamptz generated always as (upper(during)) stored,
  primary key (tenant_id, source_id, unit, during),
  -- An empty range would slip past the exclusion constraint; lower_inc() is false for it, and where there is no bound.
  check (unit >= 1 and lower_inc(during) and not upper_inc(during) and isfinite(lower(during)) and isfinite(upper(during)) is true),
  constraint claims_never_overlap
    exclude using gist (tenant_id with =, resource_id with =, unit with =, during with &&, claimant with <>)
)
-- Room for a hold that becomes firm. No index has expires_at, not even in its condition, so that the constraint is not
-- asked again.
with (fillfactor = 90);
-- Behind a policy no operator of ranges reaches an index, nor does a function of one: whoever reads a day of a resource
-- by these columns does not read all its claims. By its end first: most claims that are read for have not ended.
create index claims_by_end on booking.claims (tenant_id, resource_id, ends_at, starts_at);
comment on table booking.claims is
  'One unit of one resource taken for one half-open range. Written only by triggers on the tables whose rows take '
  'time.';
comment on column booking.claims.claimant is
  'Claims of different claimants cannot overlap on one unit. A reservation claims in its own name; all blackouts in '
  'one, so that they may overlap each other.';
comment on column booking.claims.source_id is 'The reservation or blackout whose claim this is.';
comment on column booking.claims.expires_at is
  'When its held or pencilled reservation expires: from then on the claim stands in nobody''s way, and whoever wants '
  'the time clears it. Null: firm.';
comment on column booking.claims.starts_at is 'Where during begins, for readers behind row level security.';
comment on column booking.claims.ends_at is 'Where during ends, likewise.';
comment on constraint claims_never_overlap on booking.claims is 'Double booking is impossible: every road ends here.';

commit;
