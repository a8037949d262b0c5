begin;
set local role berth_owner;

create function api.list_events(
  after text default null,
  types text[] default null,
  resource_id uuid default null,
  max_results integer default 100
) returns setof api.events
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_horizon xid8 := '0';
  v_seq bigint := 0;
  v_kept_since timestamptz;
  v_patterns text[] := booking.type_patterns(types);
begin
  perform booking.check_list('types', types, 50, 100);
  if after is not null then
    if after !~ '^[0-9]{1,19}\.[0-9]{1,18}$' then
      perform booking.raise_error(400, 'invalid_argument', 'after is a cursor, as an event carries it.', '{"argument": "after"}');
    end if;
    v_horizon := pg_catalog.split_part(after, '.', 1)::xid8;
    v_seq := pg_catalog.split_part(after, '.', 2)::bigint;
    select t.events_kept_since into v_kept_since
      from booking.tenants t
     where t.id = (select booking.current_tenant_id()) and (t.pruned_horizon, t.pruned_seq) > (v_horizon, v_seq);
    if found then
      perform booking.raise_error(410, 'cursor_expired',
        'What came next is kept no longer; begin anew, without a cursor: with what is still there, since details.kept_since.',
        pg_catalog.jsonb_build_object('after', after, 'kept_since', v_kept_since));
    end if;
  end if;
  if max_results is null or max_results not between 1 and 1000 then
    perform booking.raise_error(400, 'invalid_argument', 'max_results is 1 to 1000.', '{"argument": "max_results"}');
  end if;

  return query
  select e.id, e.type, e.tenant_id, e.occurred_at, e.actor_id, e.horizon::text || '.' || e.seq, booking.event_data(e), e.resource_id, e.reservation_id
    from booking.events e
   where e.tenant_id = (select booking.current_tenant_id())
     and (e.horizon, e.seq) > (v_horizon, v_seq)
     and e.horizon < (select booking.log_position(pg_catalog.pg_snapshot_xmin(pg_catalog.pg_current_snapshot())))
     and (v_patterns is null or e.type like any (v_patterns))
     and (list_events.resource_id is null or e.resource_id = list_events.resource_id)
   order by e.horizon, e.seq
   limit max_results;
end
$$;

comment on function api.list_events(text, text[], uuid, integer) is
  'The events after a cursor, oldest first; the last one''s cursor asks for the next page. types are globs: {reservation.*}. '
  'Without one, from the oldest that is kept. Nothing is skipped and nothing comes twice, however long a transaction took to commit. '
  '400 invalid_argument for a malformed cursor or max_results outside 1 to 1000; 410 cursor_expired (what came after it is kept no longer).';
grant execute on function api.list_events(text, text[], uuid, integer) to authenticated, service_role;

commit;
