begin;
set local role berth_owner;

create function api.create_blackout(
  resource_ids uuid[],
  starts_at timestamptz,
  ends_at timestamptz,
  reason text default '',
  kind text default 'maintenance',
  on_conflict text default 'reject',
  rrule text default null
) returns jsonb
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_request booking.request := booking.begin_request(
    'create_blackout',
    row(resource_ids, starts_at, ends_at, reason, kind, on_conflict, rrule),
    'manager', reason => reason);
  v_resource booking.resources;
  v_recurrence_id uuid := case when rrule is not null then pg_catalog.gen_random_uuid() end;
  v_time record;
  v_blackout booking.blackouts;
  v_blackouts booking.blackouts[] := '{}';
  v_made integer := 0;
  v_claims bigint := 0;
  v_response jsonb;
begin
  if v_request.replay is not null then
    return v_request.replay;
  end if;
  if booking.check_time_range(starts_at, ends_at) and booking.check_list('resource_ids', resource_ids, 1000)
    and booking.check_text('kind', kind, 50) and booking.check_text('on_conflict', on_conflict, 50)
    and (pg_catalog.array_ndims(resource_ids) is distinct from 1 or pg_catalog.array_position(resource_ids, null) is not null
     or on_conflict is null or on_conflict not in ('reject', 'cancel', 'keep')
     or kind is null or kind !~ '^[a-z0-9_-]{1,50}$') then
    perform booking.raise_error(400, 'invalid_argument',
      'resource_ids names at least one resource; kind is one word of a-z, 0-9, _ and -; on_conflict is reject, cancel or keep.');
  end if;
  v_blackout.tenant_id := v_request.tenant_id;
  v_blackout.kind := kind;
  v_blackout.reason := coalesce(reason, '');
  v_blackout.on_conflict := on_conflict;
  v_blackout.recurrence_id := v_recurrence_id;
  v_blackout.created_by := v_request.user_id;
  v_blackout.version := 1;
  v_blackout.created_at := booking.now();
  v_blackout.updated_at := v_blackout.created_at;
  perform booking.lock_resources(v_request.tenant_id, resource_ids, in_full => true);
  for v_resource in
    select r.* from booking.resources r where r.tenant_id = v_request.tenant_id and r.id = any (resource_ids) order by r.id
  loop
    v_blackout.resource_id := v_resource.id;
    for v_time in
      select l.* from booking.list_closures(starts_at, ends_at, rrule, v_resource.timezone) l
    loop
      v_blackout.id := pg_catalog.gen_random_uuid();
      v_blackout.starts_at := v_time.closes_at;
      v_blackout.ends_at := v_time.opens_at;
      v_blackouts := v_blackouts || v_blackout;
    end loop;
    v_claims := v_claims + v_resource.capacity::bigint * (pg_catalog.cardinality(v_blackouts) - v_made);
    v_made := pg_catalog.cardinality(v_blackouts);
    if v_made > 1000 or (v_made > 1 and v_claims > 10000) then
      perform booking.raise_error(400, 'invalid_argument',
        'These are too many closures at once. Close fewer resources, or repeat it less often.',
        pg_catalog.jsonb_build_object('argument', case when rrule is null then 'resource_ids' else 'rrule' end, 'limit', 1000));
    end if;
  end loop;
  if v_blackouts = '{}' then
    perform booking.refuse_rrule('RRULE', rrule, 'That never takes place; let the rule yield a time, from starts_at on.');
  end if;
  v_response := pg_catalog.jsonb_build_object('affected', coalesce(
    (select pg_catalog.jsonb_agg(distinct w.id) from booking.find_reservations_in_the_way(v_blackouts) w), '[]'));
  if on_conflict = 'cancel' and pg_catalog.jsonb_array_length(v_response -> 'affected') > 1000 then
    perform booking.raise_error(400, 'invalid_argument',
      'Too many bookings would be cancelled at once. Close fewer resources, or a shorter time.',
      '{"argument": "ends_at", "limit": 1000}');
  end if;
  insert into booking.blackouts select * from pg_catalog.unnest(v_blackouts);
  v_response := v_response || pg_catalog.jsonb_build_object('blackouts',
    (select pg_catalog.jsonb_agg(pg_catalog.to_jsonb(b) order by b.resource_id, b.starts_at)
       from api.blackouts b
      where b.tenant_id = v_request.tenant_id and b.id in (select n.id from pg_catalog.unnest(v_blackouts) n)));
  return booking.remember_response(v_request, v_response);
end
$$;

comment on function api.create_blackout(uuid[], timestamptz, timestamptz, text, text, text, text) is
  'Managers close resources for a time, all or none: {"blackouts": [{id, resource_id, starts_at, ends_at, kind, '
  'reason, status, …}], "affected": [ids of the reservations in the way]}. '
  'on_conflict says what becomes of those: reject (409 slot_taken, naming them), cancel (with the blackout''s reason), '
  'keep (they stay; if one goes later, its time falls to the blackout). '
  'rrule, an RRULE of RFC 5545 that ends, repeats it from starts_at on, at the same times by the wall clock of each '
  'resource, at most 1,000 blackouts in all, on 10,000 units, and at most 1,000 reservations are cancelled at once; '
  'lift_blackout knows those of one rule by their recurrence_id. '
  '400 invalid_time_range, invalid_recurrence, invalid_argument; 403 forbidden; 404 not_found; 409 slot_taken '
  '(details.conflicts); 422 too_many_occurrences, too_soon (the tenant keeps no claims of that time any more).';
grant execute on function api.create_blackout(
  uuid[], timestamptz, timestamptz, text, text, text, text
) to authenticated, service_role;

commit;
