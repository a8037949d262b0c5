begin;
set local role berth_owner;

create function booking.make_reservation(
  request booking.request,
  draft booking.reservations,
  status text,
  override boolean,
  pencil_ttl interval
) returns booking.reservations
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_resource booking.resources := booking.find_resource(request.tenant_id, draft.resource_id);
  v_rules booking.booking_rules := booking.find_rules(v_resource);
  v_draft booking.reservations := booking.prepare_reservation(request, v_resource, v_rules, draft, status, override, pencil_ttl);
  v_result booking.reservations;
  v_is_within boolean;
begin
  insert into booking.reservations values (v_draft.*)
  on conflict on constraint reservations_pkey do nothing
  returning * into v_result;
  if not found then
    perform booking.raise_error(409, 'duplicate_id', 'A reservation with this id exists already.',
      pg_catalog.jsonb_build_object('id', draft.id));
  elsif v_result.status = any (booking.counting_statuses()) and override is not true then
    v_is_within := booking.check_quotas(v_resource, v_rules, v_result.owner_id, v_result.starts_at, v_result.ends_at, array[v_result.id]);
  end if;
  if v_result.status in ('tentative', 'pending') and override is not true then
    perform booking.check_count(v_resource, v_rules, 'max_tentative', v_result.owner_id);
  end if;
  return v_result;
end
$$;

comment on function booking.make_reservation(booking.request, booking.reservations, text, boolean, interval) is
  'Makes one reservation for a request that has begun, as create_reservation describes; status is what was asked for.';

commit;
