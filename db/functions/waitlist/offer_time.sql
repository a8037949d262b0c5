begin;
set local role berth_owner;

create function booking.offer_time(resource booking.resources) returns void
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_rules booking.booking_rules;
  v_freed text := pg_catalog.format('%s/%s', resource.tenant_id, resource.id);
  v_withheld text[] := nullif(pg_catalog.current_setting('booking.withheld_offers', true), '')::text[];
  v_settings text[] := array[
    pg_catalog.current_setting('booking.user_id', true),
    pg_catalog.current_setting('booking.reason', true),
    pg_catalog.current_setting('booking.override', true)];
  v_entry booking.waitlist_entries;
  v_starts_at timestamptz;
  v_ends_at timestamptz;
  v_amount_due numeric;
  v_refused timestamptz;
begin
  if v_withheld is not null then
    if v_freed <> all (v_withheld) then
      perform pg_catalog.set_config('booking.withheld_offers', pg_catalog.array_append(v_withheld, v_freed)::text, true);
    end if;
    return;
  end if;
  v_rules := booking.find_rules(resource);
  -- Nobody asked for it: it is their turn.
  perform pg_catalog.set_config('booking.user_id', '', true),
          pg_catalog.set_config('booking.reason', '', true),
          pg_catalog.set_config('booking.override', '', true);
  perform booking.expire_holds(resource);
  for v_entry in
    select w.*
      from booking.waitlist_entries w
      join booking.members m on m.tenant_id = w.tenant_id and m.user_id = w.owner_id
     where w.tenant_id = resource.tenant_id and w.resource_id = resource.id and w.status = 'waiting' and w.expires_at > booking.now()
     order by w.priority desc, w.turn
  loop
    v_refused := null;
    loop
      v_starts_at := booking.find_place(resource, v_rules, v_entry);
      -- Where somebody was just booking, another place is looked for, and found no more than once in vain.
      exit when v_starts_at is null or v_starts_at = v_refused;
      v_ends_at := booking.add_elapsed(v_starts_at, coalesce(v_entry.duration, v_entry.ends_at - v_entry.starts_at));
      v_amount_due := booking.price_of(resource, v_starts_at, v_ends_at, v_entry.units);
      begin
        update booking.waitlist_entries w
           set status = 'offered'
         where w.tenant_id = v_entry.tenant_id and w.id = v_entry.id and w.status = 'waiting';
        exit when not found; -- it has been offered something on the way here
        insert into booking.reservations (
          tenant_id, resource_id, status, starts_at, ends_at, buffer_before, buffer_after, units, title, owner_id, priority, expires_at, waitlist_entry_id,
          payment_status, amount_due, currency)
        values (
          v_entry.tenant_id, v_entry.resource_id, 'held', v_starts_at, v_ends_at,
          v_rules.buffer_before, v_rules.buffer_after, v_entry.units, v_entry.title, v_entry.owner_id, v_entry.priority,
          least(booking.add_elapsed(booking.now(), v_rules.offer_ttl), v_ends_at), v_entry.id,
          booking.first_payment_status(resource, v_amount_due), v_amount_due, case when v_amount_due is not null then resource.price_currency end);
        exit;
      exception
        when sqlstate 'PT409' then v_refused := v_starts_at;
      end;
    end loop;
  end loop;
  perform pg_catalog.set_config('booking.user_id', coalesce(v_settings[1], ''), true),
          pg_catalog.set_config('booking.reason', coalesce(v_settings[2], ''), true),
          pg_catalog.set_config('booking.override', coalesce(v_settings[3], ''), true);
end
$$;

comment on function booking.offer_time(booking.resources) is
  'Offers what is free of a resource to those who wait for it, each in turn what fits: a held reservation of theirs, for offer_ttl or until it is over. Between withhold_offers() and offer_withheld() it only notes that there is something. The caller holds the lock of the resource.';

commit;
