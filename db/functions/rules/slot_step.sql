begin;
set local role berth_owner;

insert into booking.rule_definitions (rule, ordinal, refuses, is_met)
values ('slot_step', 50, 'off_grid', $$
  booking.is_on_grid((a.wanted).starts_at, (a.rules).slot_step, (a.resource).timezone)
  and booking.is_on_grid((a.wanted).ends_at, (a.rules).slot_step, (a.resource).timezone) $$);

create function booking.check_slot_step(a booking.assessment) returns jsonb
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return pg_catalog.jsonb_build_object(
    'code', 'off_grid', 'limit', (a.rules).slot_step,
    'hint', pg_catalog.format('Start and end lie on steps of %s from midnight on.', (a.rules).slot_step));
end
$$;

comment on function booking.check_slot_step(booking.assessment) is
  'The violation of the rule slot_step: {"code": "off_grid", …}, where it is not met. A search takes the grid from '
  'grid_starts().';

commit;
