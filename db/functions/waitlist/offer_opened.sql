begin;
set local role berth_owner;

create function booking.offer_opened() returns trigger
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_tenant_id uuid := coalesce(new.tenant_id, old.tenant_id);
  v_resource_ids uuid[];
  v_withheld boolean := booking.withhold_offers();
begin
  -- Whoever is just joining, by the rules that were, is waited for; and whoever joins next waits for these.
  perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('waitlist' || v_tenant_id, 0));
  v_resource_ids := array(
    select s.id
      from booking.resources s
     where s.tenant_id = v_tenant_id
       and s.id in (select w.resource_id from booking.waitlist_entries w where w.tenant_id = v_tenant_id and w.status = 'waiting')
       -- Whatever the row is for, or was.
       and ((tg_op <> 'INSERT' and (s.id = old.resource_id or (old.resource_id is null and coalesce(old.kind, s.kind) = s.kind)))
            or (tg_op <> 'DELETE' and (s.id = new.resource_id or (new.resource_id is null and coalesce(new.kind, s.kind) = s.kind))))
     order by s.id);
  -- Several rows of one request free all of it once.
  insert into booking.waitlist_scans (tenant_id, resource_id, freed)
  select v_tenant_id, i, '{(,)}'
    from pg_catalog.unnest(v_resource_ids) i
   where not exists (select from booking.waitlist_scans c
                      where c.tenant_id = v_tenant_id and c.resource_id = i and c.priority is null
                        and c.freed = '{(,)}');
  -- No more than these are begun with at once.
  perform booking.offer_next(s)
     from booking.resources s
    where s.tenant_id = v_tenant_id and s.id = any (v_resource_ids[:20]);
  perform booking.offer_withheld(v_withheld);
  return null;
end
$$;

comment on function booking.offer_opened() is
  'Trigger: what longer hours or looser rules no longer forbid is offered to those who wait for it.';

create trigger _600_offer_opened
  after insert or update or delete on booking.booking_rules
  for each row execute function booking.offer_opened();

create trigger _600_offer_opened
  after insert or update or delete on booking.opening_hours
  for each row execute function booking.offer_opened();

create trigger _600_offer_opened
  after insert or update or delete on booking.opening_exceptions
  for each row execute function booking.offer_opened();

commit;
