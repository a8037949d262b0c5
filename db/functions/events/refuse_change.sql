begin;
set local role berth_owner;

create function booking.refuse_change() returns trigger
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  raise exception using
    errcode = 'object_not_in_prerequisite_state',
    message = pg_catalog.format('%s of booking.%s is refused', pg_catalog.lower(tg_op), tg_table_name),
    hint = tg_argv[0];
end
$$;

comment on function booking.refuse_change() is
  'Trigger: refuses the statement, with the trigger''s argument as the hint.';

create trigger _100_append_only
  before update or truncate on booking.events
  for each statement execute function booking.refuse_change('Events are the record of what happened; they only grow.');

-- At depth 0 somebody writes claims by hand, unless it is prune_claims(); deeper, it is the trigger of a reservation or
-- a
-- blackout. An insert by hand takes time from nobody who has it, and verify_invariants() finds it; refusing it would
-- cost every booking.
create trigger _100_only_by_trigger
  before update or delete on booking.claims
  for each statement when (pg_catalog.pg_trigger_depth() = 0 and pg_catalog.current_setting('booking.pruning', true) is distinct from 'on')
  execute function booking.refuse_change('Claims follow from reservations and blackouts; change those.');

create trigger _100_never_truncated
  before truncate on booking.claims
  for each statement execute function booking.refuse_change('Claims follow from reservations and blackouts; change those.');

create trigger _100_never_truncated
  before truncate on booking.reservations
  for each statement execute function booking.refuse_change('Delete reservations instead, so that their claims go with them.');

create trigger _100_never_truncated
  before truncate on booking.blackouts
  for each statement execute function booking.refuse_change('Delete blackouts instead, so that their claims go with them.');

commit;
