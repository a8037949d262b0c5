begin;
set local role berth_owner;

create function booking.list_starts(
  starts tstzmultirange,
  slot_step interval,
  timezone text,
  duration interval,
  most integer,
  backwards boolean default false
) returns setof timestamptz
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_range tstzrange;
  v_part tstzrange;
  v_found tstzmultirange;
  v_at timestamptz;
  v_left integer := most;
  v_span interval;
begin
  -- A year of minutes is half a million of them: they are listed part by part, of a day at most, and no further than it
  -- takes.
  for v_range in
    select r from pg_catalog.unnest(starts) with ordinality t (r, n) order by case when backwards then -n else n end
  loop
    if slot_step is null then
      v_at := case when backwards then pg_catalog.upper(v_range) else pg_catalog.lower(v_range) end;
      while v_left > 0 and v_range @> v_at loop
        return next v_at;
        v_left := v_left - 1;
        v_at := v_at + case when backwards then -duration else duration end;
      end loop;
    else
      v_span := least(slot_step * greatest(v_left, 4), '24:00');
      v_part := v_range * case when backwards then pg_catalog.tstzrange(pg_catalog.upper(v_range) - v_span, null)
                               else pg_catalog.tstzrange(null, pg_catalog.lower(v_range) + v_span, '[]') end;
      while v_left > 0 and not pg_catalog.isempty(v_part) loop
        v_found := booking.grid_starts(slot_step, timezone, duration, v_part) * pg_catalog.tstzmultirange(v_part);
        for v_at in
          select pg_catalog.lower(g) from pg_catalog.unnest(v_found) with ordinality t (g, n) order by case when backwards then -n else n end limit v_left
        loop
          return next v_at;
          v_left := v_left - 1;
        end loop;
        v_span := least(v_span * 4, '24:00');
        v_part := v_range * case when backwards then pg_catalog.tstzrange(pg_catalog.lower(v_part) - v_span, pg_catalog.lower(v_part))
                                 else pg_catalog.tstzrange(pg_catalog.upper(v_part), pg_catalog.upper(v_part) + v_span, '(]') end;
      end loop;
    end if;
    exit when v_left = 0;
  end loop;
end
$$;

comment on function booking.list_starts(tstzmultirange, interval, text, interval, integer, boolean) is
  'The first of these starts, at most so many, at which a reservation of this length begins and ends on the grid of '
  'slot_step, by the clock of the zone; where there is no grid, those from which one follows the other without a gap. '
  'Backwards, the last.';

commit;
