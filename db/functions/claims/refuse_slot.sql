begin;
set local role berth_owner;

create function booking.refuse_slot(
  resource booking.resources,
  reservation booking.reservations,
  exclude_ids uuid[]
) returns void
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_member booking.members := booking.current_member();
  v_during tstzrange := booking.taken_range(reservation.starts_at, reservation.ends_at, reservation.buffer_before, reservation.buffer_after);
  v_conflicts jsonb;
  v_first tstzrange;
  v_next timestamptz;
begin
  perform booking.refuse_blackout(resource, reservation, exclude_ids);
  v_next := booking.next_free_at(resource, reservation, exclude_ids);
  select pg_catalog.jsonb_agg(
           pg_catalog.jsonb_build_object(
             'resource_id', resource.id,
             'starts_at', pg_catalog.lower(c.taken),
             'ends_at', pg_catalog.upper(c.taken),
             'kind', 'reservation')
           -- Whose and what it is only for those who may see it.
           || case when r.owner_id = v_member.user_id or v_member.role >= 'approver'
                   then pg_catalog.jsonb_build_object('reservation_id', r.id, 'title', r.title)
                   else '{}' end
           order by c.taken),
         (pg_catalog.array_agg(c.taken order by c.taken))[1]
    into v_conflicts, v_first
    from (select f.taken, f.source_id
            from booking.find_conflicts(resource.tenant_id, resource.id, v_during, exclude_ids) f
           group by f.taken, f.source_id
           order by f.taken
           limit 20) c
    left join booking.reservations r on r.tenant_id = resource.tenant_id and r.id = c.source_id;

  perform booking.raise_error(409, 'slot_taken',
    case when v_first is null then 'Somebody was faster, and has given it back since; ask again.' else
    pg_catalog.format('%s is booked %s–%s; %s.',
      resource.name,
      booking.local_time_text(pg_catalog.lower(v_first), resource.timezone, reservation.starts_at),
      booking.local_time_text(pg_catalog.upper(v_first), resource.timezone, reservation.starts_at),
      booking.next_free_text(v_next, resource.timezone, reservation.starts_at)) end,
    pg_catalog.jsonb_build_object('conflicts', coalesce(v_conflicts, '[]'), 'next_free_at', v_next));
end
$$;

comment on function booking.refuse_slot(booking.resources, booking.reservations, uuid[]) is
  'Refuses a reservation whose time is taken, with 409 blackout where one is in the way, and else with slot_taken: '
  'details.conflicts lists what is, details.next_free_at and the hint say when create_reservation would next accept '
  'as much.';

commit;
