begin;
set local role berth_owner;

create function booking.offer_next(resource booking.resources) returns void
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_freed text := pg_catalog.format('%s/%s', resource.tenant_id, resource.id);
  v_withheld text[] := nullif(pg_catalog.current_setting('booking.withheld_offers', true), '')::text[];
begin
  if v_withheld is null then
    perform booking.offer_in_turn(resource, 50);
  elsif v_freed <> all (v_withheld) and pg_catalog.cardinality(v_withheld) < 20 then
    perform pg_catalog.set_config('booking.withheld_offers', pg_catalog.array_append(v_withheld, v_freed)::text, true);
  end if;
end
$$;

comment on function booking.offer_next(booking.resources) is
  'Offers what waitlist_scans has of a resource to the next in the queue. Between withhold_offers() and '
  'offer_withheld() it only notes the resource, and no more than twenty: the sweep sees to the others. The caller '
  'holds the lock of the resource.';

commit;
