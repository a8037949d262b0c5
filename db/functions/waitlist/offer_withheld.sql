begin;
set local role berth_owner;

create function booking.offer_withheld(withheld boolean) returns void
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_freed text[];
  v_resource booking.resources;
  v_looks integer := 50; -- for all of them together
begin
  if not withheld then
    return;
  end if;
  v_freed := pg_catalog.current_setting('booking.withheld_offers')::text[];
  perform pg_catalog.set_config('booking.withheld_offers', '', true);
  for v_resource in
    select s.*
      from pg_catalog.unnest(v_freed) f
      join booking.resources s on s.tenant_id = pg_catalog.split_part(f, '/', 1)::uuid and s.id = pg_catalog.split_part(f, '/', 2)::uuid
     order by s.tenant_id, s.id
       for no key update of s
  loop
    v_looks := v_looks - (select o.looks from booking.offer_in_turn(v_resource, v_looks) o);
    exit when v_looks <= 0;
  end loop;
end
$$;

comment on function booking.offer_withheld(boolean) is
  'Offers what has been withheld, if withhold_offers() returned true, that is, if it is whoever began to that asks; '
  'all resources are locked in one order. Who is not reached is left to the sweep.';

commit;
