begin;
set local role berth_owner;

create function booking.mail_kind(event booking.events) returns text
language sql immutable parallel safe
set search_path = pg_catalog, pg_temp
return case event.type
  when 'reservation.confirmed' then 'confirmed'
  when 'reservation.submitted' then 'pending'
  when 'reservation.rejected' then 'rejected'
  when 'reservation.displaced' then 'displaced'
  when 'reservation.held' then
    case when event.subject ->> 'waitlist_entry_id' is not null then 'offered' end
  when 'reservation.cancelled' then
    case when event.previous ->> 'status' in ('confirmed', 'pending') or event.actor_id is distinct from event.owner_id then 'cancelled' end
  when 'reservation.rescheduled' then
    case when event.subject ->> 'status' in ('confirmed', 'checked_in', 'pending')
          and event.previous ?| '{starts_at,ends_at,resource_id,units}' then 'changed' end
  end;

comment on function booking.mail_kind(booking.events) is
  'What mail an event is worth, if any: who holds, pencils, or gives that back knows it, and what time or a check-in '
  'does is known to whoever is there.';

commit;
