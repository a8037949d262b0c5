-- The claims that row level security shows, by the index. Behind its policy "during && …" could not use the index: the
-- planner lets no operator that might tell of a row at rows that the policy has not passed yet. So the condition of the
-- policy stands in a view, whose owner is bound by no other; whom row level security shows every tenant, a DBA or the
-- worker's functions, sees all here too.
begin;
set local role berth_owner;

create view booking.tenant_claims as
select c.tenant_id, c.resource_id, c.unit, c.during, c.claimant, c.source_id, c.expires_at
  from booking.claims c
 where c.tenant_id = (select nullif(pg_catalog.current_setting('booking.tenant_id', true), '')::uuid)
    or not (select pg_catalog.row_security_active('booking.claims'::regclass))
    or (select pg_catalog.pg_has_role('berth_jobs', 'usage'));
comment on view booking.tenant_claims is
  'The claims that row level security shows, by the index: to the owner of booking.claims those of the tenant that '
  'has been entered, and of no other.';

grant usage, create on schema booking to berth_reader;
grant select on booking.claims to berth_reader;
create policy view_filters on booking.claims for select to berth_reader using (true);
reset role;
alter view booking.tenant_claims owner to berth_reader;
set local role berth_reader;
grant select on booking.tenant_claims to berth_owner;
set local role berth_owner;
revoke create on schema booking from berth_reader;

commit;
