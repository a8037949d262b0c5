-- A claim is one unit of one resource taken for one half-open range of time. The exclusion constraint is why Berth exists.
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
  primary key (tenant_id, source_id, unit, during),
  -- An empty range would slip past the exclusion constraint; lower_inc() is false for it, and where there is no bound.
  check (unit >= 1 and lower_inc(during) and not upper_inc(during) and isfinite(lower(during)) and isfinite(upper(during)) is true),
  constraint claims_never_overlap
    exclude using gist (tenant_id with =, resource_id with =, unit with =, during with &&, claimant with <>)
);
-- What may give way is looked for by whoever finds time taken.
create index claims_that_expire on booking.claims (tenant_id, resource_id) where expires_at is not null;
comment on table booking.claims is
  'One unit of one resource taken for one half-open range. Written only by triggers on the tables whose rows take time.';
comment on column booking.claims.claimant is
  'Claims of different claimants cannot overlap on one unit. A reservation claims in its own name; all blackouts in one, so that they may overlap each other.';
comment on column booking.claims.source_id is 'The reservation or blackout whose claim this is.';
comment on column booking.claims.expires_at is
  'When its held or pencilled reservation expires: from then on the claim stands in nobody''s way, and whoever wants the time clears it. Null: firm.';
comment on constraint claims_never_overlap on booking.claims is 'Double booking is impossible: every road ends here.';

commit;
