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
  'The data of an event as it is sent: {"reservation": {...}, "previous": {changed fields}, "reason", "override"}, the subject under the first word of the type; of an approval, under reservation.';
grant execute on function booking.event_data(booking.events) to authenticated, service_role, berth_gateway;

create view api.events with (security_invoker = true) as
select id, type, tenant_id, occurred_at, actor_id, horizon::text || '.' || seq as cursor,
       booking.event_data(events) as data, resource_id, reservation_id
  from booking.events
 where horizon < (select booking.log_position(pg_snapshot_xmin(pg_current_snapshot())));
comment on view api.events is
  'The log of changes, complete up to the oldest transaction still running. Members see events of their own reservations and of resources; approvers and above all. To follow it, use list_events.';

commit;
