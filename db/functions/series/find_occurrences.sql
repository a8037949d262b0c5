begin;
set local role berth_owner;

create function booking.find_occurrences(series booking.series, scope text, reservation_id uuid) returns setof booking.reservations
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_anchor booking.reservations;
begin
  if scope is null or scope not in ('this', 'following', 'all') then
    perform booking.raise_error(400, 'invalid_argument', 'scope is this, following or all.', '{"argument": "scope"}');
  elsif reservation_id is null and scope <> 'all' then
    perform booking.raise_error(400, 'invalid_argument', 'Say with reservation_id which occurrence.', '{"argument": "reservation_id"}');
  elsif reservation_id is not null then
    select r.* into v_anchor
      from booking.reservations r
     where r.tenant_id = series.tenant_id and r.id = reservation_id and r.series_id = series.id;
    if not found then
      perform booking.raise_error(404, 'not_found', 'There is no such occurrence of this series.',
        pg_catalog.jsonb_build_object('reservation_id', reservation_id));
    elsif scope = 'this' then
      return next v_anchor;
      return;
    end if;
  end if;
  return query
  select r.*
    from booking.reservations r
   where r.tenant_id = series.tenant_id and r.series_id = series.id
     and (scope = 'all' or r.original_starts_at >= v_anchor.original_starts_at)
     and r.starts_at > booking.now()
     and (r.expires_at is null or r.expires_at > booking.now())
     and exists (select from booking.reservation_transitions t where t.from_status = r.status and t.min_role is not null)
   order by r.original_starts_at, r.id;
  if not found then
    perform booking.raise_error(409, 'invalid_transition', 'Nothing of it is still to come.',
      pg_catalog.jsonb_build_object('scope', scope));
  end if;
end
$$;

comment on function booking.find_occurrences(booking.series, text, uuid) is
  'What an edit of a series is about, in order: this one occurrence; that and the following, or all, as far as they '
  'are still to come. '
  '400 invalid_argument; 404 not_found; 409 invalid_transition where nothing is.';

commit;
