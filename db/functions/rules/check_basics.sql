begin;
set local role berth_owner;

create function booking.check_basics(a booking.assessment) returns jsonb
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_violations jsonb := '[]';
begin
  if not (a.resource).is_active then
    v_violations := v_violations || pg_catalog.jsonb_build_object('code', 'resource_inactive', 'resource_id', (a.resource).id,
      'hint', pg_catalog.format('%s takes no reservations at present; choose another resource.', (a.resource).name));
  end if;
  if (a.wanted).units > (a.resource).capacity then
    v_violations := v_violations || pg_catalog.jsonb_build_object(
      'code', 'too_many_units', 'limit', (a.resource).capacity, 'units', (a.wanted).units,
      'hint', pg_catalog.format('%s has %s units; ask for no more.', (a.resource).name, (a.resource).capacity));
  end if;
  if (a.wanted).ends_at <= a.asked_at then
    v_violations := v_violations || pg_catalog.jsonb_build_object(
      'code', 'too_soon', 'ends_at', (a.wanted).ends_at, 'now', a.asked_at,
      'hint', 'That time has passed; choose a later one. Managers may enter it with override and a reason.');
  end if;
  return v_violations;
end
$$;

comment on function booking.check_basics(booking.assessment) is
  'What speaks against it where no rule is set: the violations resource_inactive, too_many_units and too_soon (it '
  'would already be over).';

commit;
