begin;
set local role berth_owner;

create function booking.event_data(event booking.events) returns jsonb
language sql immutable parallel safe
set search_path = pg_catalog, pg_temp
return pg_catalog.jsonb_build_object(
  case when event.type like 'approval.%' then 'reservation' else pg_catalog.split_part(event.type, '.', 1) end, event.subject,
  'previous', event.previous,
  'reason', event.reason,
  'override', event.override);

comment on function booking.event_data(booking.events) is
  'The data of an event as it is sent: {"reservation": {...}, "previous": {changed fields}, "reason", "override"}, '
  'the subject under the first word of the type; of an approval, under reservation.';
grant execute on function booking.event_data(booking.events) to authenticated, service_role, berth_gateway;

create view api.events with (security_invoker = true) as
select e.id, e.type, e.tenant_id, e.occurred_at, e.actor_id, e.id::text as cursor,
       booking.event_data(e) as data, e.resource_id, e.reservation_id
  from booking.events e
 where exists (select from booking.event_positions p where p.tenant_id = e.tenant_id and p.event_id = e.id);
comment on view api.events is
  'The log of changes, as far as it has been put in order. Members see events of their own reservations and of '
  'resources; approvers and above all. To follow it, use list_events.';

commit;
