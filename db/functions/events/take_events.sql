begin;
set local role berth_owner;

create function booking.take_events(consumer text, batch_size integer default 500) returns setof booking.events
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_consumer booking.event_consumers;
  v_event booking.events;
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
  for v_event in
    select e.*
      from booking.events e
     where (e.horizon, e.seq) > (v_consumer.horizon, v_consumer.seq)
       and e.horizon < (select booking.log_position(pg_catalog.pg_snapshot_xmin(pg_catalog.pg_current_snapshot())))
     order by e.horizon, e.seq
     limit batch_size
  loop
    v_consumer.horizon := v_event.horizon;
    v_consumer.seq := v_event.seq;
    return next v_event;
  end loop;
  if found then
    update booking.event_consumers c
       set horizon = v_consumer.horizon, seq = v_consumer.seq, updated_at = booking.now()
     where c.name = consumer;
  end if;
end
$$;

comment on function booking.take_events(text, integer) is
  'The next events of all tenants for a consumer, in order, and moves it on, so do in the same transaction what they are taken for: it happens once, whatever dies. '
  'None where another is taking at this moment, or nothing is new. For a role that sees every tenant; read committed, for a snapshot taken earlier would not see what another took meanwhile.';

commit;
