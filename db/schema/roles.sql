-- The roles Berth runs as. On Supabase four of them exist already and are left as they are. It takes no superuser:
-- createrole will do.
begin;

do $$
declare
  v_role record;
begin
  for v_role in
    select *
      from (values
        ('berth_owner',   'nologin', 'Berth: owns the schemas booking and api; row level security binds it too'),
        ('berth_reader',  'nologin', 'Berth: owns the view booking.tenant_claims, which filters by tenant itself'),
        ('berth_jobs',    'nologin', 'Berth: owns the functions that the worker calls, and sees every tenant'),
        ('berth_sequencer', 'nologin', 'Berth: owns the function booking.sequence_events(), which sees where the events of all tenants stand'),
        ('anon',          'nologin', 'Berth: a request without a token; may do nothing'),
        ('authenticated', 'nologin', 'Berth: a request with a member''s token'),
        ('service_role',  'nologin', 'Berth: a request of a server with a member''s token'),
        ('authenticator', 'login noinherit', 'Berth: PostgREST''s login; becomes one of the three above'),
        ('berth_gateway', 'login noinherit', 'Berth: the gateway''s login, for what no member asks: the log of all tenants, and functions granted by name'),
        ('berth_worker',  'login noinherit', 'Berth: the worker''s login; may call the functions granted to it by name, and read no table')
      ) as wanted (name, options, purpose)
     where not exists (select from pg_catalog.pg_roles where rolname = wanted.name)
     -- The owner first, which is granted to another.
     order by wanted.name <> 'berth_owner'
  loop
    begin
      execute format('create role %I %s', v_role.name, v_role.options);
      -- The comment is also the mark by which a revert knows the roles it may drop.
      execute format('comment on role %I is %L', v_role.name, v_role.purpose);
      -- Whoever waits for a lock holds a connection of few. With 2 s for members, 7 of 15 losers of a race for one
      -- series got a fault instead of 409 on a machine with a load of 10: each waits for all who come before.
      if v_role.name = 'anon' then
        alter role anon set statement_timeout = '3s';
        alter role anon set lock_timeout = '2s';
      elsif v_role.name = 'authenticated' then
        alter role authenticated set statement_timeout = '8s';
        alter role authenticated set lock_timeout = '5s';
      elsif v_role.name = 'service_role' then
        alter role service_role set statement_timeout = '60s';
        alter role service_role set lock_timeout = '10s';
      elsif v_role.name = 'authenticator' then
        alter role authenticator set idle_in_transaction_session_timeout = '10s';
      elsif v_role.name = 'berth_jobs' then
        grant berth_owner to berth_jobs;
        begin
          -- How old the oldest writer is.
          grant pg_read_all_stats to berth_jobs;
        exception
          when insufficient_privilege then null; -- berth doctor says so
        end;
      elsif v_role.name = 'berth_gateway' then
        alter role berth_gateway set statement_timeout = '8s';
        alter role berth_gateway set lock_timeout = '2s';
        alter role berth_gateway set idle_in_transaction_session_timeout = '10s';
      end if;
      if v_role.name in ('authenticator', 'berth_gateway', 'berth_worker') then
        begin
          -- Every error is an answer to whoever asked. In the server's log its message would quote what people wrote.
          execute format('alter role %I set log_min_messages = fatal', v_role.name);
        exception
          when insufficient_privilege then null; -- berth doctor says so
        end;
      end if;
    exception
      when duplicate_object or unique_violation then null; -- another database of this cluster was faster
    end;
  end loop;
  -- Logins that were there before keep, for other databases, what they have.
  for v_role in
    select r.rolname as name
      from pg_catalog.pg_roles r
     where r.rolname in ('authenticator', 'berth_gateway', 'berth_worker')
       and not exists (select
                         from pg_catalog.pg_db_role_setting s
                        cross join lateral pg_catalog.unnest(s.setconfig) c (setting)
                        where s.setrole = r.oid
                          and (s.setdatabase = 0 or s.setdatabase = (select d.oid from pg_catalog.pg_database d
                                                                      where d.datname = pg_catalog.current_database()))
                          and c.setting like 'log_min_messages=%')
  loop
    begin
      execute format('alter role %I in database %I set log_min_messages = fatal', v_role.name, pg_catalog.current_database());
    exception
      when insufficient_privilege then null; -- berth doctor says so
    end;
  end loop;
  if pg_catalog.shobj_description('authenticator'::regrole, 'pg_authid') like 'Berth: %' then
    grant anon, authenticated, service_role to authenticator;
  end if;
end
$$;

-- Every later change runs as the owner; one view goes to the reader, one function to the sequencer, and the worker's
-- functions to berth_jobs. Through that membership whoever migrates sees every tenant, without bypassrls.
grant berth_owner, berth_reader, berth_jobs, berth_sequencer to current_user;

commit;
