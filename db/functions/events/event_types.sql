begin;
set local role berth_owner;

create function booking.event_types() returns text[]
language plpgsql immutable parallel safe
set search_path = pg_catalog, pg_temp
as $$
begin
  return '{reservation.created, reservation.held, reservation.hold_extended, reservation.pencilled, reservation.submitted,
    reservation.confirmed, reservation.rejected, reservation.cancelled, reservation.rescheduled, reservation.updated,
    reservation.expired, reservation.checked_in, reservation.completed, reservation.no_show, reservation.displaced,
    blackout.created, blackout.rescheduled, blackout.lifted, series.created, series.updated, series.cancelled,
    waitlist.joined, waitlist.offered, waitlist.accepted, waitlist.declined, waitlist.expired, waitlist.left,
    payment.succeeded, payment.failed, payment.refund_due, payment.refunded, approval.stale,
    resource.created, resource.updated, resource.deleted, webhook_endpoint.disabled}';
end
$$;

comment on function booking.event_types() is
  'Every type of event that is sent to whoever asks for it, so all but webhook_endpoint.test, which goes to one '
  'endpoint. '
  'What emits another type adds it here: db/tests/event_types.sql looks for those that do not.';

commit;
