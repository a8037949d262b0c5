begin;
set local role berth_owner;

create function booking.count_free_units(
  tenant_id uuid,
  candidate booking.candidate,
  terms booking.terms[],
  units integer
) returns integer
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_most integer := units;
  v_limit integer := candidate.capacity;
  v_tried integer;
begin
  while v_most < v_limit loop
    v_tried := (v_most + v_limit + 1) / 2;
    if exists (select from booking.find_free_starts(tenant_id, array[candidate], terms, v_tried) f
                cross join lateral booking.list_starts(f.starts, f.slot_step, f.timezone, f.duration, 1)) then
      v_most := v_tried;
    else
      v_limit := v_tried - 1;
    end if;
  end loop;
  return v_most;
end
$$;

comment on function booking.count_free_units(uuid, booking.candidate, booking.terms[], integer) is
  'The most units of a resource, of which that many are free, that can be had at once.';

commit;
