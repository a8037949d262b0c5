begin;
set local role berth_owner;

create function booking.make_reservation(
  a booking.assessment,
  override boolean,
  pencil_ttl interval default null
) returns booking.reservations
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_result booking.reservations;
begin
  if (a.rules).min_gap is not null then
    -- Two neighbours at the same moment would not see each other.
    perform booking.lock_resources((a.request).tenant_id, array[(a.resource).id]);
  end if;
  a := booking.assess(a, 'create', override, pencil_ttl);
  v_result := a.wanted;
  insert into booking.reservations values (v_result.*)
  on conflict on constraint reservations_pkey do nothing
  returning * into v_result;
  if not found then
    perform booking.raise_error(409, 'duplicate_id', 'A reservation with this id exists already.',
      pg_catalog.jsonb_build_object('id', (a.wanted).id));
  elsif a.has_quotas and override is not true then
    a.wanted := v_result;
    perform booking.take_quotas(a);
  end if;
  if v_result.status = any (booking.undecided_statuses()) and override is not true then
    perform booking.check_count(a, 'max_tentative', v_result.owner_id);
  end if;
  return v_result;
end
$$;

comment on function booking.make_reservation(booking.assessment, boolean, interval) is
  'Makes the reservation that is wanted, as create_reservation describes.';

commit;
