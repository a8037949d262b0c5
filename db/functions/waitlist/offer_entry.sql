begin;
set local role berth_owner;

create function booking.offer_entry(
  resource booking.resources,
  rules booking.booking_rules,
  entry booking.waitlist_entries,
  freed tstzmultirange default null
) returns boolean
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_starts_at timestamptz;
  v_ends_at timestamptz;
  v_amount_due numeric;
  v_refused timestamptz;
  v_is_made boolean := false;
  v_before jsonb;
begin
  loop
    v_starts_at := booking.find_place(resource, rules, entry, freed);
    -- Where somebody was just booked, another place is looked for, and found no more than once in vain.
    if v_starts_at is null or v_starts_at = v_refused then
      return false;
    end if;
    v_ends_at := booking.awaited_end(entry, v_starts_at, resource.timezone);
    v_amount_due := booking.price_of(resource, v_starts_at, v_ends_at, entry.units);
    -- Nobody asked for it: it is their turn.
    v_before := booking.swap_settings('{"user_id": null, "reason": null, "override": null}');
    begin
      update booking.waitlist_entries w
         set status = 'offered'
       where w.tenant_id = entry.tenant_id and w.id = entry.id and w.status = 'waiting';
      if found then -- it may have been offered something on the way here
        insert into booking.reservations (
          tenant_id, resource_id, status, starts_at, ends_at, buffer_before, buffer_after, units, title, owner_id, priority, expires_at, waitlist_entry_id,
          payment_status, amount_due, currency)
        values (
          entry.tenant_id, entry.resource_id, 'held', v_starts_at, v_ends_at,
          rules.buffer_before, rules.buffer_after, entry.units, entry.title, entry.owner_id, entry.priority,
          least(booking.add_elapsed(booking.now(), rules.offer_ttl), v_ends_at), entry.id,
          booking.first_payment_status(resource, v_amount_due), v_amount_due, case when v_amount_due is not null then resource.price_currency end);
        v_is_made := true;
      end if;
      v_refused := null;
    exception
      when sqlstate 'PT409' then v_refused := v_starts_at;
    end;
    perform booking.swap_settings(v_before);
    if v_refused is null then
      exit;
    end if;
  end loop;
  return v_is_made;
end
$$;

comment on function booking.offer_entry(
  booking.resources, booking.booking_rules, booking.waitlist_entries, tstzmultirange
) is
  'Offers somebody who waits the earliest place that find_place() knows, and returns true: a held reservation of '
  'theirs, for offer_ttl or until it is over. False where there is none. The caller holds the lock of the resource, '
  'and has seen to whose turn it is.';

commit;
