begin;
set local role berth_owner;

create function api.join_waitlist(
  resource_id uuid,
  starts_at timestamptz,
  ends_at timestamptz,
  units integer default 1,
  expires_at timestamptz default null,
  duration interval default null,
  priority integer default 0,
  title text default '',
  id uuid default null
) returns api.waitlist_entries
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_request booking.request := booking.begin_request(
    'join_waitlist', row(resource_id, starts_at, ends_at, units, expires_at, duration, priority, title, id));
  v_resource booking.resources;
  v_rules booking.booking_rules;
  a booking.assessment;
  v_length record;
  v_terms booking.terms;
  v_has_place boolean := false;
  v_entry booking.waitlist_entries;
  v_id uuid := coalesce(id, pg_catalog.gen_random_uuid());
  v_result api.waitlist_entries;
begin
  if v_request.replay is not null then
    return pg_catalog.jsonb_populate_record(v_result, v_request.replay);
  end if;
  perform booking.check_count(booking.begin_assessment(v_request, resource_id), 'max_waits', v_request.user_id);
  -- Whoever frees time holds these locks too (the first, if it is by other rules): it is offered to all who are on the
  -- list, or they find it free.
  perform pg_catalog.pg_advisory_xact_lock_shared(pg_catalog.hashtextextended('waitlist' || v_request.tenant_id, 0));
  perform booking.lock_resources(v_request.tenant_id, array[resource_id]);
  a := booking.begin_assessment(v_request, resource_id);
  v_resource := a.resource;
  v_rules := a.rules;
  perform booking.expire_holds(v_resource);
  if booking.check_time_range(starts_at, ends_at) and booking.check_description(title, null, null)
     and (units is null or units < 1 or duration <= '0' or duration > '10 years' or booking.shortest_length(duration) > ends_at - starts_at or expires_at <= booking.now()) then
    perform booking.raise_error(400, 'invalid_argument', 'units is 1 or more; duration fits into the range and is at most 10 years; expires_at is still to come.',
      pg_catalog.jsonb_build_object('argument', case when units is null or units < 1 then 'units' when expires_at <= booking.now() then 'expires_at' else 'duration' end));
  end if;
  if duration is not null and ends_at > booking.add_elapsed(starts_at, '366 days') then
    perform booking.raise_error(400, 'invalid_time_range', 'With a duration, wait for it within at most 366 days.',
      pg_catalog.jsonb_build_object('starts_at', starts_at, 'ends_at', ends_at));
  end if;
  if priority > v_rules.max_priority and v_request.role = 'member' then
    perform booking.refuse_priority(v_rules, priority);
  end if;
  a.wanted.resource_id := v_resource.id;
  a.wanted.starts_at := starts_at;
  a.wanted.ends_at := coalesce(booking.span_end(starts_at, duration, v_resource.timezone), ends_at);
  a.wanted.units := units;
  a.is_new_time := true;
  if duration is not null then
    for v_length in
      select l.* from booking.list_lengths(duration, v_resource.timezone, pg_catalog.tstzrange(starts_at, ends_at)) l where starts_at + l.elapses <= ends_at
    loop
      v_terms := booking.find_terms(v_resource, null, 1, units, v_length.elapses, pg_catalog.tstzrange(starts_at, ends_at - v_length.elapses, '[]'));
      v_has_place := v_has_place or exists (
        select from booking.list_starts(v_terms.starts * v_length.starts_there, v_terms.slot_step, v_terms.timezone, v_length.elapses, 1));
    end loop;
  end if;
  -- Where in the range it will lie is open. The rules must leave it a place, or they are asked what they have against
  -- the first.
  if not v_has_place then
    perform booking.refuse_violations(booking.list_violations(a));
  else
    perform booking.check_standing(v_request, v_resource, v_rules);
  end if;
  if exists (select from booking.waitlist_entries w
                 where w.tenant_id = v_request.tenant_id and w.resource_id = v_resource.id and w.owner_id = v_request.user_id
                   and w.status in ('waiting', 'offered') and w.expires_at > booking.now()
                   and w.starts_at < join_waitlist.ends_at and w.ends_at > join_waitlist.starts_at) then
    perform booking.raise_error(409, 'already_waiting', 'You are waiting for some of that time already; leave that entry first.',
      pg_catalog.jsonb_build_object('resource_id', v_resource.id));
  end if;
  insert into booking.waitlist_entries (tenant_id, id, resource_id, owner_id, starts_at, ends_at, duration, units, priority, title, expires_at)
  values (v_request.tenant_id, v_id, v_resource.id, v_request.user_id, starts_at, ends_at, duration, units, coalesce(priority, 0),
          coalesce(title, ''), coalesce(expires_at, ends_at))
  on conflict on constraint waitlist_entries_pkey do nothing;
  if not found then
    perform booking.raise_error(409, 'duplicate_id', 'A waitlist entry with this id exists already.', pg_catalog.jsonb_build_object('id', id));
  end if;
  select w.* into v_entry from booking.waitlist_entries w where w.tenant_id = v_request.tenant_id and w.id = v_id;
  -- Of what is free already they are the only one who has not been looked at; unless there is something that some
  -- before them have not been offered yet: then they come after those.
  if exists (select from booking.waitlist_scans c
              where c.tenant_id = v_request.tenant_id and c.resource_id = v_resource.id
                and (c.priority is null or c.priority > v_entry.priority or (c.priority = v_entry.priority and c.turn < v_entry.turn))) then
    insert into booking.waitlist_scans (tenant_id, resource_id, freed, priority, turn)
    values (v_entry.tenant_id, v_entry.resource_id, pg_catalog.tstzmultirange(pg_catalog.tstzrange(v_entry.starts_at, v_entry.ends_at)), v_entry.priority, v_entry.turn - 1);
    perform booking.offer_next(v_resource);
  else
    perform booking.offer_entry(v_resource, v_rules, v_entry);
  end if;
  select w.* into v_result from api.waitlist_entries w where w.tenant_id = v_request.tenant_id and w.id = v_id;
  return booking.remember_response(v_request, v_result);
end
$$;

comment on function api.join_waitlist(
  uuid, timestamptz, timestamptz, integer, timestamptz, interval, integer, text, uuid
) is
  'Waits for a range, or, with duration, for so much of it anywhere within (of at most 366 days), until expires_at or '
  'the end of the range. What becomes free is offered, the highest priority and the longest wait first, '
  'as a held reservation that only its person can confirm, until offer_expires_at; what is free already is offered at '
  'once. Answers the entry, with its position. '
  '400 invalid_time_range, invalid_argument; 403 forbidden (the priority); 404 not_found; 409 already_waiting, '
  'duplicate_id; 422 quota_exceeded (max_waits) and of the rules, which are met when one joins: what is offered later '
  'need not keep the notice.';
grant execute on function api.join_waitlist(
  uuid, timestamptz, timestamptz, integer, timestamptz, interval, integer, text, uuid
) to authenticated, service_role;

commit;
