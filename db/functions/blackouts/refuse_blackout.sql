begin;
set local role berth_owner;

create function booking.refuse_blackout(
  resource booking.resources,
  reservation booking.reservations,
  exclude_ids uuid[],
  own tstzrange default 'empty'
) returns void
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_during tstzrange := booking.taken_range(reservation.starts_at, reservation.ends_at, reservation.buffer_before, reservation.buffer_after);
  v_blackout booking.blackouts;
  v_next timestamptz;
begin
  perform booking.refuse_past(resource, pg_catalog.lower(v_during));
  select b.* into v_blackout
    from booking.blackouts b
   where b.tenant_id = resource.tenant_id and b.resource_id = resource.id
     and b.starts_at < pg_catalog.upper(v_during) and b.ends_at > pg_catalog.lower(v_during) and b.lifted_at is null
     and not pg_catalog.tstzrange(b.starts_at, b.ends_at) * v_during <@ own
   order by b.starts_at
   limit 1;
  if found then
    v_next := booking.next_free_at(resource, reservation, exclude_ids);
    perform booking.raise_error(409, 'blackout',
      pg_catalog.format('%s is closed %s–%s%s; %s.', resource.name,
        booking.local_time_text(v_blackout.starts_at, resource.timezone, pg_catalog.lower(v_during)),
        booking.local_time_text(v_blackout.ends_at, resource.timezone, pg_catalog.lower(v_during)),
        case when v_blackout.reason <> '' then ': ' || v_blackout.reason else '' end,
        booking.next_free_text(v_next, resource.timezone, reservation.starts_at)),
      pg_catalog.jsonb_build_object('blackout', pg_catalog.jsonb_build_object(
        'id', v_blackout.id, 'kind', v_blackout.kind, 'reason', v_blackout.reason,
        'starts_at', v_blackout.starts_at, 'ends_at', v_blackout.ends_at), 'next_free_at', v_next));
  end if;
end
$$;

comment on function booking.refuse_blackout(booking.resources, booking.reservations, uuid[], tstzrange) is
  'Refuses with 409 blackout if one lies over any of a reservation''s time, but for what it has of its own there: '
  'details.blackout has its id, kind, reason and times, details.next_free_at and the hint say when create_reservation '
  'would next accept as much. What begins before the resource''s claims are kept: 422 too_soon.';

commit;
