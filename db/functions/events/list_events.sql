begin;
set local role berth_owner;

create function api.list_events(
  after text default null,
  types text[] default null,
  resource_id uuid default null,
  max_results integer default 100
) returns setof api.events
language plpgsql volatile
set search_path = pg_catalog, pg_temp
set enable_hashjoin = off -- a page is short, which the planner cannot know
set enable_mergejoin = off
set enable_bitmapscan = off
set enable_sort = off
as $$
declare
  v_position bigint := 0;
  v_patterns text[] := booking.type_patterns(types);
begin
  perform booking.check_list('types', types, 50, 100);
  if max_results is null or max_results not between 1 and 1000 then
    perform booking.raise_error(400, 'invalid_argument', 'max_results is 1 to 1000.', '{"argument": "max_results"}');
  end if;
  if after is not null then
    v_position := booking.cursor_position(after);
  end if;
  perform booking.sequence_events(unless_attended => true);

  return query
  select e.id, e.type, e.tenant_id, e.occurred_at, e.actor_id, e.id::text, booking.event_data(e), e.resource_id, e.reservation_id
    from booking.event_positions p
    join booking.events e on e.tenant_id = p.tenant_id and e.id = p.event_id
   where p.tenant_id = (select booking.current_tenant_id())
     and p.position > v_position
     and (v_patterns is null or e.type like any (v_patterns))
     and (list_events.resource_id is null or e.resource_id = list_events.resource_id)
   order by p.position
   limit max_results;
end
$$;

comment on function api.list_events(text, text[], uuid, integer) is
  'The events after a cursor, oldest first; the last one''s cursor asks for the next page. types are globs: '
  '{reservation.*}. '
  'Without one, from the oldest that is kept. Nothing is skipped and nothing comes twice, however long a transaction '
  'took to commit. '
  'A GET reads what others have put in order, so it may be a moment behind. '
  '400 invalid_argument for a malformed cursor or types, or max_results outside 1 to 1000; 410 cursor_expired (what '
  'came after it is kept no longer).';
grant execute on function api.list_events(text, text[], uuid, integer) to authenticated, service_role;

commit;
