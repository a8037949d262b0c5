begin;
set local role berth_owner;

create function booking.offer_in_turn(
  resource booking.resources,
  max_looks integer,
  out looks integer,
  out offers integer
)
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_page constant integer := 50; -- entries read at once; most of them are passed over, since they want other time
  v_rules booking.booking_rules;
  v_scans uuid[];
  v_at record;
  v_until record;
  v_freed tstzmultirange;
  v_since timestamptz;
  v_near uuid[];
  v_read integer;
  v_is_over boolean;
  v_wish text;
  v_unfit text[]; -- what has been looked for in vain: who wants the very same need not be looked at
  v_entry booking.waitlist_entries;
begin
  looks := 0;
  offers := 0;
  if not exists (select from booking.waitlist_scans c where c.tenant_id = resource.tenant_id and c.resource_id = resource.id) then
    return;
  end if;
  v_rules := booking.find_rules(resource);
  perform booking.expire_holds(resource);
  while looks < max_looks loop
    -- Of all that was freed, what has come the least far, as far as where the next is. So nobody is looked at before
    -- all who come before them have been, for all of it.
    select c.priority, c.turn into v_at
      from booking.waitlist_scans c
     where c.tenant_id = resource.tenant_id and c.resource_id = resource.id
     order by c.priority desc nulls first, c.turn
     limit 1;
    exit when not found;
    select pg_catalog.array_agg(c.id), pg_catalog.range_agg(c.freed), pg_catalog.min(c.created_at) into v_scans, v_freed, v_since
      from booking.waitlist_scans c
     where c.tenant_id = resource.tenant_id and c.resource_id = resource.id
       and (c.priority, c.turn) is not distinct from (v_at.priority, v_at.turn);
    select c.priority, c.turn into v_until
      from booking.waitlist_scans c
     where c.tenant_id = resource.tenant_id and c.resource_id = resource.id and c.id <> all (v_scans)
     order by c.priority desc, c.turn
     limit 1;
    delete from booking.waitlist_scans c where c.tenant_id = resource.tenant_id and c.id = any (v_scans);

    v_near := booking.find_waiting(resource, v_rules, pg_catalog.range_merge(v_freed), v_page);
    if pg_catalog.cardinality(v_near) = v_page then
      v_near := null;
    end if;
    v_read := 0;
    v_is_over := true;
    v_unfit := '{}';
    looks := looks + 25; -- reading them is work too
    for v_entry in
      -- All that want the time, where they are few; or else page by page, whatever they want. Each by its index: a
      -- condition over both priority and turn would read all that come before, too.
      select w.*
        from ((select w.*
                 from booking.waitlist_entries w
                where w.tenant_id = resource.tenant_id and w.id = any (v_near) and w.status = 'waiting'
                  and (v_at.priority is null or w.priority < v_at.priority or (w.priority = v_at.priority and w.turn > v_at.turn)))
              union all
              (select w.*
                 from booking.waitlist_entries w
                where w.tenant_id = resource.tenant_id and w.resource_id = resource.id and w.status = 'waiting'
                  and w.priority = v_at.priority and w.turn > v_at.turn and v_near is null
                order by w.turn
                limit v_page)
              union all
              (select w.*
                 from booking.waitlist_entries w
                where w.tenant_id = resource.tenant_id and w.resource_id = resource.id and w.status = 'waiting'
                  and w.priority < coalesce(v_at.priority, 2147483648) and v_near is null
                order by w.priority desc, w.turn
                limit v_page)) w
       order by w.priority desc, w.turn
       limit v_page
    loop
      exit when v_entry.priority < v_until.priority or (v_entry.priority = v_until.priority and v_entry.turn > v_until.turn);
      v_read := v_read + 1;
      v_at.priority := v_entry.priority;
      v_at.turn := v_entry.turn;
      continue when v_entry.expires_at <= booking.now()
        or not v_freed && booking.taken_range(v_entry.starts_at, v_entry.ends_at, v_rules.buffer_before, v_rules.buffer_after);
      v_wish := case when coalesce(v_rules.min_notice, v_rules.max_advance) is null
                then pg_catalog.format('%s %s %s %s', v_entry.starts_at, v_entry.ends_at, v_entry.duration, v_entry.units) end;
      continue when v_wish = any (v_unfit) or not booking.may_be_offered(resource, v_rules, v_entry);
      looks := looks + 1;
      if booking.offer_entry(resource, v_rules, v_entry, v_freed) then
        offers := offers + 1;
        v_freed := booking.still_free(resource, v_freed);
        exit when v_freed = '{}';
      elsif v_wish is not null then
        v_unfit := v_unfit || v_wish;
      end if;
      v_is_over := looks < max_looks;
      exit when not v_is_over;
    end loop;
    continue when v_freed = '{}';
    if v_is_over and v_read < v_page then
      -- Nobody is left before the next, which goes on with both.
      continue when v_until.priority is null;
      v_at.priority := v_until.priority;
      v_at.turn := v_until.turn;
    end if;
    insert into booking.waitlist_scans (tenant_id, resource_id, freed, priority, turn, created_at)
    values (resource.tenant_id, resource.id, v_freed, v_at.priority, v_at.turn, v_since);
  end loop;
end
$$;

comment on function booking.offer_in_turn(booking.resources, integer) is
  'Goes on with what waitlist_scans has of a resource: offers what was freed to those who wait, each in turn what '
  'fits, until all of it is taken again, all have been looked at, or max_looks is reached; the rest stays in '
  'waitlist_scans. '
  'So it costs the same however many wait. Returns how much of max_looks it has used, and how many offers it made. '
  'The caller holds the lock of the resource.';

commit;
