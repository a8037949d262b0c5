-- The catalogue keeps the rules of design.md's "Security", and each rule is able to find its fault.
begin;
select no_plan();

select is_empty('select * from tests.findings()', 'the catalogue has no fault');

select is(tests.findings_after(fault), array[finding], 'finds: ' || finding)
  from (values
    ('alter table booking.claims disable row level security',
     'row level security is not enabled and forced: booking.claims'),
    ('alter table booking.claims no force row level security',
     'row level security is not enabled and forced: booking.claims'),
    ('drop policy everybody_reads on booking.reservation_transitions; drop policy owner_writes on booking.reservation_transitions',
     'row level security without a policy: booking.reservation_transitions'),
    ('alter policy members_read on booking.claims using (tenant_id = booking.current_tenant_id())',
     'policy calls a function for every row: members_read on booking.claims'),
    ('alter policy members_read on booking.claims using (tenant_id = current_setting(''booking.tenant_id'')::uuid)',
     'policy calls a function for every row: members_read on booking.claims'),
    ('alter policy entered_tenant on booking.claims with check (tenant_id = booking.current_tenant_id())',
     'policy calls a function for every row: entered_tenant on booking.claims'),
    ('create policy another on booking.claims for select to authenticated using (tenant_id = (select booking.current_tenant_id()))',
     'two permissive policies for authenticated, r: booking.claims'),
    ('create policy another on booking.claims for delete to berth_owner using (false)',
     'two permissive policies for berth_owner, d: booking.claims'),
    ('drop policy no_estimates on booking.claims', 'estimates are told: booking.claims'),
    ('alter policy no_estimates on booking.claims to authenticated', 'estimates are told: booking.claims'),
    ('alter view api.members set (security_invoker = false)', 'view without security_invoker: api.members'),
    ('alter view api.members reset (security_invoker)', 'view without security_invoker: api.members'),
    ('drop trigger _100_refuse_write on api.calendar', 'view that answers 500 when written: api.calendar'),
    ('alter function booking.now() set search_path = ''''', 'search_path lets others in: booking.now()'),
    ('alter function booking.now() reset search_path', 'search_path lets others in: booking.now()'),
    ('alter function booking.now() set search_path = booking', 'search_path lets others in: booking.now()'),
    ('create function booking.f() returns void language plpgsql set search_path = pg_catalog, pg_temp as ''begin perform pg_catalog.set_config(''''booking.reason'''', '''''''', true); end''; revoke execute on function booking.f() from public; comment on function booking.f() is ''f''',
     'sets a booking setting by itself: booking.f()'),
    ('create function booking.f() returns uuid language sql stable set search_path = pg_catalog, pg_temp return (select id from booking.tenants limit 1); revoke execute on function booking.f() from public; comment on function booking.f() is ''f''',
     'SQL function that reads tables for one value; write it in plpgsql: booking.f()'),
    ('create function extensions.f() returns void language sql security definer as ''''',
     'security definer of another owner than berth_owner: extensions.f()'),
    ('alter function api.list_events(text, text[], uuid, integer) owner to postgres; '
     'alter function api.list_events(text, text[], uuid, integer) security definer',
     'security definer of another owner than berth_owner: api.list_events(text,text[],uuid,integer)'),
    ('alter trigger _100_check_timezone on booking.tenants rename to check_timezone', 'trigger name without its number: check_timezone on booking.tenants'),
    ('alter trigger _100_emit_event_on_update on booking.reservations rename to _500_emit_event_on_update',
     'trigger that fires after a row has a higher number than one that fires after the statement: _500_emit_event_on_update, _500_write_claims_on_update on booking.reservations'),
    ('alter trigger _100_only_by_trigger on booking.claims rename to _200_only_by_trigger; '
     'create trigger _100_row before delete on booking.claims for each row execute function booking.refuse_change()',
     'trigger that fires before the statement has a higher number than one that fires before a row: _200_only_by_trigger, _100_row on booking.claims'),
    ('create function booking.f() returns boolean language plpgsql immutable set search_path = pg_catalog, pg_temp as $$begin return ''held'' in (''held'', ''pending''); end$$; revoke execute on function booking.f() from public; comment on function booking.f() is ''f''',
     'lists statuses: booking.f()'),
    ('create or replace view api.reservations_outside_hours with (security_invoker = true) as select r.tenant_id, r.id as reservation_id, r.resource_id, s.name as resource_name, r.status, r.starts_at, r.ends_at, r.title, r.owner_id '
     'from booking.reservations r join booking.resources s on s.id = r.resource_id where r.status in (''held'', ''pending'')',
     'lists statuses: api.reservations_outside_hours'),
    ('drop index booking.reservations_to_end; create index reservations_to_end on booking.reservations (tenant_id, starts_at) where status in (''held'', ''checked_in'')',
     'lists statuses that are no set of booking.reservation_statuses: index reservations_to_end'),
    ('alter table booking.resources alter blocking_statuses set default ''{held,pending}''',
     'lists statuses that are no set of booking.reservation_statuses: default of booking.resources.blocking_statuses'),
    ('grant execute on function booking.now() to public', 'execute granted to public: booking.now()'),
    ('grant select on api.members to public', 'select granted to public: api.members'),
    ('grant usage on schema api to public', 'usage granted to public: api'),
    ('grant usage on schema api to anon', 'usage granted to anon: api'),
    ('grant select on api.members to anon', 'select granted to anon: api.members'),
    ('grant execute on function booking.now() to anon', 'execute granted to anon: booking.now()'),
    ('grant authenticated to anon', 'anon is a member of authenticated'),
    ('grant insert on booking.claims to authenticated', 'insert granted to authenticated: booking.claims'),
    ('grant update (title) on booking.reservations to service_role',
     'update granted to service_role: booking.reservations.title'),
    ('grant delete on booking.members to service_role', 'delete granted to service_role: booking.members'),
    ('grant truncate on booking.members to authenticated', 'truncate granted to authenticated: booking.members'),
    ('alter view api.members owner to postgres', 'not owned by berth_owner: api.members'),
    ('alter role berth_owner createdb', 'berth_owner is too powerful'),
    ('alter role berth_reader login', 'berth_reader is too powerful'),
    ('grant berth_reader to berth_owner', 'berth_owner is a member of berth_reader'),
    ('alter role berth_worker bypassrls', 'berth_worker is too powerful'),
    ('grant berth_jobs to berth_gateway', 'berth_gateway is a member of berth_jobs'),
    ('grant authenticated to berth_jobs', 'berth_jobs is a member of authenticated'),
    ('grant authenticated to berth_worker', 'berth_worker is a member of authenticated'),
    ('drop policy jobs_see_all on booking.mails', 'berth_jobs does not see all of booking.mails'),
    ('grant select on booking.members to berth_worker', 'select granted to berth_worker: booking.members'),
    ('grant execute on function booking.now() to berth_worker', 'the worker''s, with its own rights: booking.now()'),
    ('grant execute on function booking.sweep(integer) to authenticated', 'berth_jobs''s, granted to authenticated: booking.sweep(integer)'),
    ('create view api.log with (security_invoker = true) as select id, seq from booking.events; comment on view api.log is ''x''; alter view api.log owner to berth_owner', 'counter of all tenants is told: booking.events.seq by api.log'),
    ('create view api.log with (security_invoker = true) as select id, pg_current_xact_id() as x from booking.tenants; comment on view api.log is ''x''; alter view api.log owner to berth_owner', 'counter of all tenants is told: api.log.x'),
    ('alter function booking.current_member() parallel restricted', 'part of parallel queries, though it sets something: booking.current_member()'),
    ('grant berth_sequencer to berth_owner', 'berth_owner is a member of berth_sequencer'),
    ('alter role berth_sequencer createrole', 'berth_sequencer is too powerful'),
    ('grant select (subject) on booking.events to berth_sequencer', 'select granted to berth_sequencer: booking.events.subject'),
    ('grant select on booking.tenant_claims to authenticated', 'select granted to authenticated: booking.tenant_claims'),
    ('create or replace view booking.tenant_claims as select tenant_id, resource_id, unit, during, claimant, source_id, expires_at from booking.claims',
     'tenant_claims shows more than one tenant'),
    ('create or replace view booking.tenant_claims as select tenant_id, resource_id, unit, during, claimant, source_id, expires_at from booking.claims '
     'where tenant_id = (select nullif(current_setting(''booking.tenant_id'', true), '''')::uuid) or not (select row_security_active(''booking.tenants''::regclass))',
     'tenant_claims shows more than one tenant'),
    ('grant create on schema api to berth_reader; alter view api.members owner to berth_reader', 'not owned by berth_owner: api.members'),
    ('create extension tsm_system_rows schema api', 'extension in an exposed schema: tsm_system_rows'),
    ('alter table booking.claims drop constraint claims_pkey', 'table without a primary key: booking.claims'),
    ('create unique index everywhere on booking.resources (source_id)',
     'tenant_id does not come first: everywhere on resources'),
    ('alter table booking.claims add exclude using gist (resource_id extensions.gist_uuid_ops with operator(pg_catalog.=), during with operator(pg_catalog.&&))',
     'tenant_id does not come first: claims_resource_id_during_excl on claims'),
    ('alter table booking.reservations add constraint across foreign key (owner_id, tenant_id) references booking.members (user_id, tenant_id)',
     'tenant_id does not come first: across on reservations'),
    ('drop index booking.reservations_by_resource',
     'foreign key without an index: reservations_tenant_id_resource_id_fkey on reservations'),
    ('create index again on booking.reservations (tenant_id, owner_id, starts_at)', 'duplicate index: again, reservations_by_owner'),
    ('comment on function api.list_events(text, text[], uuid, integer) is null',
     'without a comment: api.list_events(text,text[],uuid,integer)'),
    ('comment on view api.members is null', 'without a comment: api.members'),
    ('comment on table booking.claims is null', 'without a comment: booking.claims')
  ) as faults (fault, finding);

-- An overload brings a comment and a grant of its own, or it would be found twice.
select is(
  tests.findings_after($$
    create function api.list_events(text) returns void language sql set search_path = pg_catalog, pg_temp as '';
    comment on function api.list_events(text) is 'Another.';
    alter function api.list_events(text) owner to berth_owner;
    revoke execute on function api.list_events(text) from public
  $$), array['overloaded: api.list_events'], 'finds: overloaded: api.list_events');

select is_empty('select * from tests.findings()', 'each fault is gone again');

select * from finish();
rollback;
