-- What the planner expects a filter to find, it counts in the rows of all tenants. PostgREST asks it for Prefer:
-- count=planned,
-- in a header that check_request cannot rely on seeing: of several Prefer, PostgREST obeys each and tells the last.
-- So whoever reads as a member cannot have a plan explained. Immutable, it is called while a query is planned, and
-- never again.
begin;
set local role berth_owner;

create function booking.refuse_estimates() returns boolean
language plpgsql immutable parallel safe
set search_path = pg_catalog, pg_temp
as $$
begin
  if pg_catalog.current_query() ilike 'explain%' then
    perform booking.raise_error(400, 'invalid_argument', 'Rows are counted, not estimated: send Prefer: count=exact.', '{"argument": "Prefer"}');
  end if;
  return true;
end
$$;

comment on function booking.refuse_estimates() is
  'True, or 400 invalid_argument in the plan of an explain. For policies: the planner knows the rows of all tenants.';
grant execute on function booking.refuse_estimates() to authenticated, service_role;

do $$
declare
  v_table regclass;
begin
  for v_table in
    select c.oid from pg_catalog.pg_class c
     where c.relnamespace = 'booking'::regnamespace and c.relkind in ('r', 'p')
       and has_any_column_privilege('authenticated', c.oid, 'select')
  loop
    execute format('create policy no_estimates on %s as restrictive for select to authenticated, service_role using (booking.refuse_estimates())', v_table);
  end loop;
end
$$;

commit;
