begin;
set local role berth_owner;

create function booking.refuse_loss() returns trigger
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  if exists (select from old_rows o
               left join booking.event_positions p on p.tenant_id = o.tenant_id and p.event_id = o.id
               left join booking.tenants t on t.id = o.tenant_id
              where (p.position <= t.pruned_position
                     and o.occurred_at < booking.now() - t.events_retention) is not true) then
    raise exception using
      errcode = 'object_not_in_prerequisite_state',
      message = 'delete of booking.events is refused',
      hint = 'Events are the record of what happened; they go when the tenant''s events_retention says so, by booking.prune_events().';
  end if;
  return null;
end
$$;

comment on function booking.refuse_loss() is
  'Trigger: of the log nothing is deleted but what the tenant keeps no longer and lies before where its log begins, '
  'which prune_events() moves on first.';

create trigger _100_only_by_retention
  after delete on booking.events
  referencing old table as old_rows
  for each statement execute function booking.refuse_loss();

commit;
