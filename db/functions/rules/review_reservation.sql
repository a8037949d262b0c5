begin;
set local role berth_owner;

create function booking.review_reservation(reservation booking.reservations) returns booking.assessment
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_request booking.request;
  a booking.assessment;
begin
  v_request.tenant_id := reservation.tenant_id;
  a := booking.begin_assessment(v_request, reservation.resource_id);
  a.wanted := reservation;
  a.asked_at := reservation.created_at;
  a.exclude_ids := array[reservation.id];
  return a;
end
$$;

comment on function booking.review_reservation(booking.reservations) is
  'What a reservation that exists is judged by, as if it were asked for when it was made.';

commit;
