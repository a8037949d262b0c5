begin;
set local role berth_owner;

create function booking.find_awaited(resource booking.resources, rules booking.booking_rules, priority integer) returns setof tstzrange
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_entry booking.waitlist_entries;
  v_starts_at timestamptz;
begin
  for v_entry in
    select w.*
      from booking.waitlist_entries w
     where w.tenant_id = resource.tenant_id and w.resource_id = resource.id and w.status = 'waiting' and w.expires_at > booking.now()
       and not (find_awaited.priority > w.priority and rules.allow_preemption)
     order by w.priority desc, w.turn
     limit 50 -- as many as offer_in_turn() looks at
  loop
    continue when not booking.may_be_offered(resource, rules, v_entry);
    v_starts_at := booking.find_place(resource, rules, v_entry);
    if v_starts_at is not null then
      return next pg_catalog.tstzrange(v_starts_at, booking.awaited_end(v_entry, v_starts_at, resource.timezone));
    end if;
  end loop;
end
$$;

comment on function booking.find_awaited(booking.resources, booking.booking_rules, integer) is
  'The times that go to those who wait once somebody clears away what has expired, but for those that a request of '
  'this priority would take from them again.';

commit;
