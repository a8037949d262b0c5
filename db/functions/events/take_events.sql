begin;
set local role berth_owner;

create function booking.take_events(consumer text, batch_size integer default 500) returns setof booking.events
language plpgsql volatile
set search_path = pg_catalog, pg_temp
set enable_hashjoin = off -- a batch is short, which the planner cannot know
set enable_mergejoin = off
set enable_bitmapscan = off
set enable_sort = off
as $$
declare
  v_consumer booking.event_consumers;
  v_next record;
begin
  -- One at a time; whoever finds another at work has nothing to do.
  select c.* into v_consumer
    from booking.event_consumers c
   where c.name = consumer
     for update skip locked;
  if not found then
    if not exists (select from booking.event_consumers c where c.name = consumer) then
      raise exception using errcode = 'undefined_object', message = pg_catalog.format('there is no event consumer %L', consumer);
    end if;
    return;
  end if;
  perform booking.sequence_events(unless_attended => true);
  for v_next in
    select p.position, e as event
      from booking.event_positions p
      join booking.events e on e.tenant_id = p.tenant_id and e.id = p.event_id
     where p.position > v_consumer.position
     order by p.position
     limit batch_size
  loop
    v_consumer.position := v_next.position;
    return next v_next.event;
  end loop;
  if found then
    update booking.event_consumers c
       set position = v_consumer.position, updated_at = booking.now()
     where c.name = consumer;
  end if;
end
$$;

comment on function booking.take_events(text, integer) is
  'The next events of all tenants for a consumer, in order, and moves it on, so do in the same transaction what they '
  'are taken for: it happens once, whatever dies. '
  'None where another is taking at this moment, or nothing is new. For a role that sees every tenant; read committed, '
  'for a snapshot taken earlier would not see what another took meanwhile.';

commit;
