-- What a look at the catalogue can tell of design.md's "Security". conventions.sql proves that each rule can find its fault.

create function tests.bare_calls(policy_expression text) returns boolean
language plpgsql immutable strict
as $$
declare
  -- Called once a plan.
  v_rest text := replace(policy_expression, 'booking.refuse_estimates()', 'true');
  v_before text;
begin
  -- From the inside out: scalar subselects go, other parentheses become ‹›, until none is left.
  loop
    v_before := v_rest;
    v_rest := regexp_replace(v_rest, '\( SELECT [^()]*\)', '', 'g');
    continue when v_rest <> v_before;
    v_rest := regexp_replace(v_rest, '\(([^()]*)\)', '‹\1›', 'g');
    exit when v_rest = v_before;
  end loop;
  v_rest := regexp_replace(v_rest, '\m(COALESCE|NULLIF|GREATEST|LEAST)‹', '‹', 'g');
  return v_rest ~ '\w"?‹' or v_rest ~ '\m(CURRENT_USER|SESSION_USER|CURRENT_ROLE|USER)\M';
end
$$;
comment on function tests.bare_calls(text) is
  'Whether a policy calls a function outside a scalar subselect, and so once a row.';

create function tests.status_sets() returns table (statuses booking.reservation_status[])
language sql stable security definer
set search_path = pg_catalog
as $$
  select array_agg(s.status order by s.status) filter (where property)
    from booking.reservation_statuses s,
         unnest(array[blocks = 'always', blocks in ('always', 'by default'), blocks = 'by choice', runs_out, not is_final, is_final, falls_through,
                      counts_for_quotas, is_use, calendar_status = 'CANCELLED']) with ordinality p (property, n)
   group by n
$$;
comment on function tests.status_sets() is 'The sets of statuses that have a property.';

create function tests.status_list() returns text
language sql stable
as $$
  select format('''(%1$s)''(::[a-z_.]+)?\s*,\s*''(%1$s)''|\{(%1$s)(, ?(%1$s))+\}', string_agg(s::text, '|')) from unnest(enum_range(null::booking.reservation_status)) s
$$;
comment on function tests.status_list() is 'A regular expression for two statuses in a row.';

create view tests.counters as
select a.attrelid, a.attnum, a.attname
  from pg_attribute a
  join pg_class c on c.oid = a.attrelid and c.relkind in ('r', 'p') and c.relnamespace = 'booking'::regnamespace
  left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
 where not a.attisdropped and a.attnum > 0
   and (a.attidentity <> '' or a.atttypid in ('xid'::regtype, 'xid8'::regtype, 'xid8[]'::regtype, 'pg_snapshot'::regtype)
        or pg_get_expr(d.adbin, d.adrelid) ~ 'nextval|sequence_last_value|last_position' or a.attname ~ '_?(seq|position)$');
comment on view tests.counters is 'The columns that count something of all tenants together.';
grant select on tests.counters to public;

create function tests.findings() returns table (finding text)
language sql stable security definer
set search_path = pg_catalog
as $$
  with ours (oid, name) as (
    select oid, nspname from pg_namespace where nspname in ('booking', 'api')
  ), extended as (
    select classid, objid from pg_depend where deptype = 'e'
  ), tables as (
    select c.* from pg_class c join ours n on n.oid = c.relnamespace where c.relkind in ('r', 'p')
  ), views as (
    select c.* from pg_class c join ours n on n.oid = c.relnamespace where c.relkind in ('v', 'm')
  ), functions as (
    select p.*, n.name as schema from pg_proc p join ours n on n.oid = p.pronamespace
     where ('pg_proc'::regclass, p.oid) not in (select classid, objid from extended)
  ), indexes as (
    select i.*, c.relname, c.relam, t.relname as table_name,
           (select attname from pg_attribute a where a.attrelid = i.indrelid and a.attnum = i.indkey[0]) as leads,
           (i.indkey::smallint[])[0:i.indnkeyatts - 1] as keys
      from pg_index i join pg_class c on c.oid = i.indexrelid join tables t on t.oid = i.indrelid
  ), foreign_keys as (
    select k.*, t.relname as table_name, f.relname as other_name,
           (select attname from pg_attribute a where a.attrelid = k.conrelid and a.attnum = k.conkey[1]) as leads,
           (select attname from pg_attribute a where a.attrelid = k.confrelid and a.attnum = k.confkey[1]) as other_leads
      from pg_constraint k join tables t on t.oid = k.conrelid join pg_class f on f.oid = k.confrelid
     where k.contype = 'f'
  ), grants as (
    select c.oid::regclass::text as object, c.relkind::text as kind, a.grantee, a.privilege_type
      from pg_class c join ours n on n.oid = c.relnamespace, aclexplode(c.relacl) a
    union all
    select attrelid::regclass || '.' || attname, 'column', a.grantee, a.privilege_type
      from pg_attribute join pg_class c on c.oid = attrelid join ours n on n.oid = c.relnamespace, aclexplode(attacl) a
    union all
    select f.oid::regprocedure::text, 'function', a.grantee, a.privilege_type
      from functions f, aclexplode(coalesce(f.proacl, acldefault('f', f.proowner))) a
    union all
    select n.nspname, 'schema', a.grantee, a.privilege_type
      from pg_namespace n join ours using (oid), aclexplode(n.nspacl) a
  )
  -- Row level security
  select 'row level security is not enabled and forced: ' || oid::regclass
    from tables where not (relrowsecurity and relforcerowsecurity)
  union all
  select 'row level security without a policy: ' || oid::regclass
    from tables where relrowsecurity and not exists (select from pg_policy where polrelid = tables.oid and polpermissive and polroles <> array['berth_jobs'::regrole]::oid[])
  union all
  select format('policy calls a function for every row: %s on %s', polname, polrelid::regclass)
    from pg_policy
   where polrelid in (select oid from tables)
     and (tests.bare_calls(pg_get_expr(polqual, polrelid)) or tests.bare_calls(pg_get_expr(polwithcheck, polrelid)))
  union all
  select format('two permissive policies for %s, %s: %s', r::regrole, command, polrelid::regclass)
    from pg_policy, unnest(polroles) r, unnest(case polcmd when '*' then '{r,a,w,d}'::"char"[] else array[polcmd] end) command
   where polpermissive and polrelid in (select oid from tables)
   group by polrelid, r, command having count(*) > 1
  union all
  select format('estimates are told: %s', t.oid::regclass) from tables t
   where has_any_column_privilege('authenticated', t.oid, 'select')
     and not exists (select from pg_policy
                      where polrelid = t.oid and not polpermissive and polcmd = 'r'
                        and polroles @> array['authenticated'::regrole, 'service_role'::regrole]::oid[]
                        and pg_get_expr(polqual, polrelid) = 'booking.refuse_estimates()')
  union all
  select 'view without security_invoker: ' || oid::regclass
    from views
   where not coalesce('security_invoker=true' = any (reloptions), false)
     and oid <> 'booking.tenant_claims'::regclass -- it filters by itself, as the next three see to
  union all
  select 'tenant_claims shows more than one tenant' from views
   where oid = 'booking.tenant_claims'::regclass
     and pg_get_viewdef(oid) !~ ('WHERE \(\((c\.)?tenant_id = \( SELECT \(NULLIF\(current_setting\(''booking.tenant_id''::text, true\), ''''::text\)\)::uuid AS "?nullif"?\)\) '
                                || 'OR \(NOT \( SELECT row_security_active\(\(''booking.claims''::regclass\)::oid\) AS row_security_active\)\) '
                                || 'OR \( SELECT pg_has_role\(''berth_jobs''::name, ''usage''::text\) AS pg_has_role\)\);$')
  union all
  select format('%s granted to %s: %s', lower(privilege_type), grantee::regrole, object) from grants
   where object = 'booking.tenant_claims' and grantee not in ('berth_owner'::regrole, 'berth_reader'::regrole)
  union all
  -- It sees all tenants, so it may see no more of them than where their events stand.
  select format('%s granted to berth_sequencer: %s', lower(privilege_type), object) from grants
   where grantee = 'berth_sequencer'::regrole
     and (object, privilege_type) not in (
           ('booking', 'USAGE'), ('booking.events.tenant_id', 'SELECT'), ('booking.events.id', 'SELECT'), ('booking.events.seq', 'SELECT'), ('booking.events.xid', 'SELECT'),
           ('booking.event_positions', 'SELECT'), ('booking.event_positions', 'INSERT'), ('booking.event_sequencer', 'SELECT'), ('booking.event_sequencer', 'UPDATE'),
           ('booking.sequence_events(boolean)', 'EXECUTE'))
  union all
  select format('%s is a member of %s', member::regrole, roleid::regrole) from pg_auth_members m
   where roleid in ('berth_reader'::regrole, 'berth_sequencer'::regrole) and not exists (select from pg_roles r where r.oid = m.member and (r.rolsuper or r.rolbypassrls or r.rolcreaterole))
  union all
  -- What counts over all tenants: who sees it twice knows how much the others have done in between.
  select format('counter of all tenants is told: %s by %s', a.attrelid::regclass || '.' || a.attname, v.oid::regclass)
    from views v
    join pg_rewrite r on r.ev_class = v.oid
    join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = r.oid and d.refclassid = 'pg_class'::regclass
    join tests.counters a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
   where v.relnamespace = 'api'::regnamespace
  union all
  select format('counter of all tenants is told: %s', a.attrelid::regclass || '.' || a.attname)
    from pg_attribute a join views v on v.oid = a.attrelid
   where v.relnamespace = 'api'::regnamespace and a.atttypid in ('xid'::regtype, 'xid8'::regtype, 'pg_snapshot'::regtype)
  union all
  -- Whoever migrates is, and may create roles.
  select format('%s is a member of berth_jobs', member::regrole) from pg_auth_members m
   where roleid = 'berth_jobs'::regrole and not exists (select from pg_roles r where r.oid = m.member and (r.rolsuper or r.rolcreaterole))
  union all
  select format('berth_jobs is a member of %s', roleid::regrole) from pg_auth_members
   where member = 'berth_jobs'::regrole and roleid not in ('berth_owner'::regrole, 'pg_read_all_stats'::regrole)
  union all
  -- The worker
  select format('berth_jobs does not see all of %s', t.oid::regclass) from tables t
   where not t.relispartition
     and not exists (select from pg_policy where polrelid = t.oid and polpermissive and polcmd = '*' and polroles = array['berth_jobs'::regrole]::oid[]
                        and pg_get_expr(polqual, polrelid) = 'true' and polwithcheck is null)
  union all
  select format('berth_worker is a member of %s', roleid::regrole) from pg_auth_members where member = 'berth_worker'::regrole
  union all
  select format('%s granted to berth_worker: %s', lower(privilege_type), object) from grants
   where grantee = 'berth_worker'::regrole and kind <> 'function' and (kind, privilege_type) <> ('schema', 'USAGE')
  union all
  select format('the worker''s, with its own rights: %s', object) from grants g join functions f on f.oid::regprocedure::text = g.object
   where g.kind = 'function' and g.grantee = 'berth_worker'::regrole and not f.prosecdef
  union all
  -- It sees every tenant.
  select format('berth_jobs''s, granted to %s: %s', g.grantee::regrole, object) from grants g join functions f on f.oid::regprocedure::text = g.object
   where g.kind = 'function' and f.proowner = 'berth_jobs'::regrole
     and g.grantee not in ('berth_worker'::regrole, 'berth_jobs'::regrole, 'berth_owner'::regrole)
  union all
  -- Neither by itself nor by a trigger, even one that refuses: PostgreSQL would not get as far as who may. 4 is update, 8 insert, 16 delete.
  select 'view that answers 500 when written: ' || oid::regclass
    from views where relnamespace = 'api'::regnamespace and pg_relation_is_updatable(oid, true) & 28 <> 28
  union all
  -- Functions
  -- Unless it is named, and so last, pg_temp is where types are looked for first.
  select 'search_path lets others in: ' || oid::regprocedure
    from functions where not coalesce('search_path=pg_catalog, pg_temp' = any (proconfig), false)
  union all
  -- A setting cannot be set once a query has parallel workers, not even by its leader.
  select 'part of parallel queries, though it sets something: ' || oid::regprocedure
    from functions where proparallel <> 'u' and prosrc ~ 'set_config|current_member\('
  union all
  -- What a function sets for those it calls it sets, and puts back, by swap_settings().
  select 'sets a booking setting by itself: ' || oid::regprocedure
    from functions
   where prosrc ~ 'set_config\(''booking\.'
     and proname not in (
           'swap_settings',
           'current_member', 'begin_request', 'enter_token', 'enter_payment', -- who asks, and why: until the transaction ends
           'write_through_view', -- how many rows the request has inserted
           'withhold_offers', 'offer_next', 'offer_withheld') -- what is to be offered once all is freed
  union all
  -- Called from PL/pgSQL, before PostgreSQL 18 it keeps the plan of its first call in a transaction, and with it the row
  -- level security of whoever called first. A set is safe, for it is planned with its query; so is one role's own.
  select 'SQL function that reads tables for one value; write it in plpgsql: ' || f.oid::regprocedure
    from functions f join pg_language l on l.oid = f.prolang
   where l.lanname = 'sql' and not f.proretset and not f.prosecdef
     and coalesce(pg_get_function_sqlbody(f.oid), f.prosrc) ~* '\m(from|join|into|update)\s+(only\s+)?booking\.'
  union all
  select 'security definer of another owner than berth_owner: ' || p.oid::regprocedure
    from pg_proc p join pg_namespace n on n.oid = p.pronamespace
   where prosecdef and proowner <> 'berth_owner'::regrole
     and not (proowner = 'berth_jobs'::regrole and has_function_privilege('berth_worker', p.oid, 'execute'))
     and nspname not in ('pg_catalog', 'information_schema', 'tests', 'tap')
     and (p.oid, proowner) <> ('booking.sequence_events(boolean)'::regprocedure, 'berth_sequencer'::regrole)
     and ('pg_proc'::regclass, p.oid) not in (select classid, objid from extended)
  union all
  -- Triggers: after a row its row triggers fire, then those of the statement, each by name; 1 is row, 2 before, 64 instead of.
  select format('trigger name without its number: %s on %s', t.tgname, t.tgrelid::regclass)
    from pg_trigger t join pg_class c on c.oid = t.tgrelid join ours n on n.oid = c.relnamespace
   where not t.tgisinternal and t.tgname !~ '^_[1-9]00_[a-z]'
  union all
  select format('trigger that fires after a row has a higher number than one that fires after the statement: %s, %s on %s', r.tgname, s.tgname, r.tgrelid::regclass)
    from pg_trigger r join pg_trigger s on s.tgrelid = r.tgrelid join pg_class c on c.oid = r.tgrelid join ours n on n.oid = c.relnamespace
   where not r.tgisinternal and not s.tgisinternal and r.tgtype & 66 = 0 and s.tgtype & 66 = 0 and r.tgtype & 1 = 1 and s.tgtype & 1 = 0
     and r.tgtype & s.tgtype & 28 <> 0 and left(r.tgname, 4) >= left(s.tgname, 4)
  union all
  -- Before, it is the other way round.
  select format('trigger that fires before the statement has a higher number than one that fires before a row: %s, %s on %s', s.tgname, r.tgname, r.tgrelid::regclass)
    from pg_trigger r join pg_trigger s on s.tgrelid = r.tgrelid join pg_class c on c.oid = r.tgrelid join ours n on n.oid = c.relnamespace
   where not r.tgisinternal and not s.tgisinternal and r.tgtype & 2 = 2 and s.tgtype & 2 = 2 and r.tgtype & 1 = 1 and s.tgtype & 1 = 0
     and r.tgtype & s.tgtype & 28 <> 0 and left(s.tgname, 4) > left(r.tgname, 4)
  union all
  -- Statuses: what one means stands in booking.reservation_statuses. Where a constant must stand, it is one of the table's sets.
  select format('lists statuses: %s', f.oid::regprocedure)
    from functions f
   where coalesce(pg_get_function_sqlbody(f.oid), f.prosrc) ~ tests.status_list()
     and f.oid <> all (array(select p.oid from pg_proc p where p.prorettype = 'booking.reservation_status[]'::regtype and p.pronargs = 0))
     and f.proname not in (
           'fell_through', -- made from the table
           'read_status', -- what one may ask for
           'change_bundle', 'assess_transition', 'tell_module', -- each of its own moves
           'mail_kind', -- what was told before
           'find_place') -- what the search for a place reckons with
  union all
  select format('lists statuses: %s', oid::regclass) from views
   where pg_get_viewdef(oid) ~ tests.status_list()
  union all
  select format('lists statuses that are no set of booking.reservation_statuses: %s', c.name)
    from (select 'constraint ' || conname, pg_get_constraintdef(k.oid) from pg_constraint k join tables t on t.oid = k.conrelid where contype = 'c'
          union all
          select 'index ' || relname, pg_get_indexdef(indexrelid) from indexes
          union all
          select 'trigger ' || tgname, pg_get_triggerdef(g.oid) from pg_trigger g join tables t on t.oid = g.tgrelid where not tgisinternal
          union all
          select format('default of %s.%s', adrelid::regclass, attname), pg_get_expr(adbin, adrelid)
            from pg_attrdef join pg_attribute on attrelid = adrelid and attnum = adnum join tables t on t.oid = adrelid) c (name, definition),
         regexp_matches(c.definition, '(?:ARRAY\[((?:''\w+''::booking.reservation_status(?:, )?)+)\]|''\{([a-z_,]+)\}''::booking.reservation_status\[\])', 'g') m
   where array(select s::booking.reservation_status from regexp_split_to_table(regexp_replace(coalesce(m[1], m[2]), '''|::booking.reservation_status| ', '', 'g'), ',') s order by 1)
         not in (select s.statuses from tests.status_sets() s)
  union all
  select 'overloaded: api.' || proname from functions where schema = 'api' group by proname having count(*) > 1
  union all
  -- Grants
  select format('%s granted to public: %s', lower(privilege_type), object) from grants where grantee = 0
  union all
  select format('%s granted to anon: %s', lower(privilege_type), object) from grants where grantee = 'anon'::regrole
  union all
  select 'anon is a member of ' || roleid::regrole from pg_auth_members where member = 'anon'::regrole
  union all
  select format('%s granted to %s: %s', lower(privilege_type), grantee::regrole, object)
    from grants
   where kind in ('r', 'p', 'column') and grantee in ('authenticated'::regrole, 'service_role'::regrole)
     and privilege_type not in ('SELECT', 'REFERENCES', 'TRIGGER')
  union all
  select 'not owned by berth_owner: ' || oid::regclass from pg_class
   where relnamespace in (select oid from ours) and relkind in ('r', 'p', 'v', 'm', 'S') and relowner <> 'berth_owner'::regrole
     and (oid, relowner) <> ('booking.tenant_claims'::regclass, 'berth_reader'::regrole)
  union all
  select rolname || ' is too powerful' from pg_roles
   where rolname in ('berth_owner', 'berth_reader', 'berth_sequencer', 'berth_jobs', 'berth_worker', 'berth_gateway')
     and (rolsuper or rolbypassrls or rolcreaterole or rolcreatedb
          or rolcanlogin and rolname not in ('berth_worker', 'berth_gateway'))
  union all
  select format('extension in an exposed schema: %s', extname) from pg_extension where extnamespace in (select oid from ours)
  union all
  -- Keys and indexes
  select 'table without a primary key: ' || oid::regclass from tables
   where not exists (select from pg_index where indrelid = tables.oid and indisprimary)
  union all
  select format('tenant_id does not come first: %s on %s', relname, table_name) from indexes
   where (indisunique or indisexclusion) and leads is distinct from 'tenant_id'
     and table_name not in ('tenants', 'reservation_transitions', 'reservation_statuses', 'rule_definitions', 'modules', 'event_consumers', 'event_sequencer')
  union all
  select format('tenant_id does not come first: %s on %s', conname, table_name) from foreign_keys
   where leads is distinct from 'tenant_id' or (other_leads <> 'tenant_id' and other_name <> 'tenants')
  union all
  select format('foreign key without an index: %s on %s', conname, table_name) from foreign_keys k
   where not exists (select from indexes i
                      where i.indrelid = k.conrelid and i.indisvalid
                        -- A row that refers to nothing need not be in it.
                        and (i.indpred is null
                             or pg_get_expr(i.indpred, i.indrelid) = any (
                               select format('(%I IS NOT NULL)', attname) from pg_attribute a where a.attrelid = k.conrelid and a.attnum = any (k.conkey)))
                        and i.keys[1:cardinality(k.conkey)] @> k.conkey
                        and cardinality(i.keys) >= cardinality(k.conkey))
  union all
  select 'duplicate index: ' || string_agg(relname, ', ' order by relname) from indexes
   group by indrelid, relam, indkey::text, indclass::text, indcollation::text, indoption::text,
            pg_get_expr(indexprs, indrelid), pg_get_expr(indpred, indrelid)
  having count(*) > 1
  union all
  -- Comments
  select 'without a comment: ' || oid::regprocedure from functions where obj_description(oid, 'pg_proc') is null
  union all
  select 'without a comment: ' || oid::regclass from (select oid from tables union all select oid from views) o
   where obj_description(oid, 'pg_class') is null
$$;
comment on function tests.findings() is 'What is wrong in the catalogue, one row a finding; none, ever.';

create function tests.findings_after(fault text) returns text[]
language plpgsql
as $$
declare
  v_findings text[];
begin
  execute fault;
  select coalesce(array_agg(finding order by finding), '{}') into v_findings from tests.findings();
  raise exception using errcode = 'TT000';
exception
  when sqlstate 'TT000' then return v_findings;
end
$$;
comment on function tests.findings_after(text) is 'What is found once a fault is made, which is then undone.';
