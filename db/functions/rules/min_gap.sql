begin;
set local role berth_owner;

insert into booking.rule_definitions (rule, ordinal, refuses)
values ('min_gap', 90, 'leaves_gap');

create function booking.check_min_gap(a booking.assessment) returns jsonb
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_gap interval := (a.rules).min_gap;
  v_during tstzrange := booking.taken_range(
    (a.wanted).starts_at, (a.wanted).ends_at, (a.rules).buffer_before, (a.rules).buffer_after);
  v_neighbour record;
begin
  if (a.resource).capacity > 1 then
    return null;
  end if;
  -- A search leaves the same starts: see find_free_starts().
  select s.side, s.gap, c.taken into v_neighbour
    from booking.find_conflicts((a.resource).tenant_id, (a.resource).id, pg_catalog.tstzrange(
           booking.add_elapsed(pg_catalog.lower(v_during), -v_gap), booking.add_elapsed(pg_catalog.upper(v_during), v_gap)), a.exclude_ids) c
   cross join lateral (values ('before', pg_catalog.lower(v_during) - pg_catalog.upper(c.taken)),
                              ('after', pg_catalog.lower(c.taken) - pg_catalog.upper(v_during))) s (side, gap)
   where s.gap > '0' and s.gap < v_gap
   order by c.taken
   limit 1;
  if not found then
    return null;
  end if;
  return pg_catalog.jsonb_build_object(
    'code', 'leaves_gap', 'rule', 'min_gap', 'limit', v_gap, 'gap', v_neighbour.gap, 'side', v_neighbour.side,
    'starts_at', pg_catalog.lower(v_neighbour.taken), 'ends_at', pg_catalog.upper(v_neighbour.taken),
    'hint', pg_catalog.format('This leaves a gap of %s minutes that nobody can use. Choose a time right beside the booking %s–%s.',
      pg_catalog.ceil(pg_catalog.extract('epoch', v_neighbour.gap) / 60),
      booking.local_time_text(pg_catalog.lower(v_neighbour.taken), (a.resource).timezone, (a.wanted).starts_at),
      booking.local_time_text(pg_catalog.upper(v_neighbour.taken), (a.resource).timezone, (a.wanted).starts_at)));
end
$$;

comment on function booking.check_min_gap(booking.assessment) is
  'What the rule min_gap (no shorter gap between neighbours, buffers counted as taken; of resources with one unit) '
  'has against it: {"code": "leaves_gap", …}, or null.';

commit;
