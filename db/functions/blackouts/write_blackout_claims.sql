begin;
set local role berth_owner;

create function booking.write_blackout_claims() returns trigger
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_blackouts booking.blackouts[];
  v_resource booking.resources;
  v_conflicts jsonb;
  v_way record;
  v_withheld boolean := booking.withhold_offers(); -- what it frees it may also take
begin
  if tg_op <> 'INSERT' then
    delete from booking.claims c
     using old_rows o
     where c.tenant_id = o.tenant_id and c.source_id = o.id;
  end if;
  if tg_op <> 'DELETE' then
    v_blackouts := array(select n from new_rows n where n.lifted_at is null);
    for v_resource in
      select s.*
        from booking.resources s
       where (s.tenant_id, s.id) in (select b.tenant_id, b.resource_id from pg_catalog.unnest(v_blackouts) b)
       order by s.tenant_id, s.id
    loop
      perform booking.expire_holds(v_resource);
    end loop;

    select pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
             'resource_id', w.resource_id, 'starts_at', w.starts_at, 'ends_at', w.ends_at, 'kind', 'reservation',
             'reservation_id', w.id, 'title', w.title))
      into v_conflicts
      from (select distinct w.resource_id, w.starts_at, w.ends_at, w.id, w.title
              from booking.find_reservations_in_the_way(v_blackouts) w
             where w.on_conflict = 'reject'
             order by w.starts_at, w.id
             limit 100) w;
    if v_conflicts is not null then
      perform booking.raise_error(409, 'slot_taken',
        'Reservations are in the way; move them, or let on_conflict cancel or keep them.',
        pg_catalog.jsonb_build_object('conflicts', v_conflicts));
    end if;
    for v_way in
      select w.tenant_id, w.reason, case w.status when 'checked_in' then 'completed' else 'cancelled' end::booking.reservation_status as to_status,
             pg_catalog.array_agg(distinct w.id) as ids
        from booking.find_reservations_in_the_way(v_blackouts) w
       where w.on_conflict = 'cancel'
       group by 1, 2, 3
    loop
      perform booking.change_status(v_way.tenant_id, v_way.ids, v_way.to_status, v_way.reason,
                                    nullif(pg_catalog.current_setting('booking.user_id', true), '')::uuid);
    end loop;
    -- What fell to it piece by piece becomes one again.
    delete from booking.claims c
     using pg_catalog.unnest(v_blackouts) b
     where c.tenant_id = b.tenant_id and c.source_id = b.id;
    perform booking.fill_blackouts(v_blackouts);
  end if;
  perform booking.offer_withheld(v_withheld);
  return null;
end
$$;

comment on function booking.write_blackout_claims() is
  'Trigger: a blackout that is not lifted has all of its time that no reservation has; of the reservations in its '
  'way, on_conflict decides. Refuses with 409 slot_taken, naming them.';

create trigger _500_write_claims_on_insert
  after insert on booking.blackouts
  referencing new table as new_rows
  for each statement execute function booking.write_blackout_claims();

create trigger _500_write_claims_on_update
  after update on booking.blackouts
  referencing old table as old_rows new table as new_rows
  for each statement execute function booking.write_blackout_claims();

create trigger _500_write_claims_on_delete
  after delete on booking.blackouts
  referencing old table as old_rows
  for each statement execute function booking.write_blackout_claims();

commit;
