begin;
set local role berth_owner;

create function booking.resolve_rules(tenant_id uuid, kind text default null, resource_id uuid default null) returns void
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  if pg_catalog.current_setting('transaction_isolation') not in ('read committed', 'read uncommitted') then
    -- It would not see what those before it have changed since it began, and store rules that nobody has set.
    raise exception using
      errcode = 'invalid_transaction_state',
      message = 'rules and resources change in a transaction of the isolation level read committed',
      hint = 'Begin it with: begin isolation level read committed.';
  end if;
  -- One change of a tenant's rules or resources at a time: each sees what the one before it has done.
  perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('rules' || tenant_id, 0));
  loop
    begin
      insert into booking.resolved_rules as t
      select r.*
        from booking.list_resolved_rules(resolve_rules.tenant_id, resolve_rules.kind, resolve_rules.resource_id) r
      on conflict on constraint resolved_rules_pkey do update
         set rules = excluded.rules, scopes = excluded.scopes,
             is_ruled = excluded.is_ruled, has_hours = excluded.has_hours, has_quotas = excluded.has_quotas
       where t is distinct from excluded;
      exit;
    exception
      -- Somebody has just deleted one of the resources: the next look no longer finds it.
      when foreign_key_violation then null;
    end;
  end loop;
end
$$;

comment on function booking.resolve_rules(uuid, text, uuid) is
  'Resolves the rules of the tenant''s resources anew, of a kind, or of one resource, and stores what has changed. '
  'Triggers call it; a migration that adds a rule with a default calls it for each tenant.';

commit;
