begin;
set local role berth_owner;

create function booking.list_clock_changes(timezone text, during tstzrange) returns setof timestamptz
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_before timestamptz;
  v_after timestamptz;
  v_middle timestamptz;
  v_offset interval;
begin
  -- No catalogue has them: they are looked for day by day, then to the second.
  for v_before, v_offset in
    select d.at, d.ahead
      from (select g as at, o.ahead, pg_catalog.lead(o.ahead) over (order by g) as next_ahead
              from pg_catalog.generate_series(
                     pg_catalog.date_trunc('hour', pg_catalog.lower(during), 'UTC'), pg_catalog.upper(during) + interval '24:00',
                     '24:00') g
             cross join lateral (select g at time zone timezone - g at time zone 'UTC') o (ahead)) d
     where d.ahead <> d.next_ahead
     order by d.at
  loop
    v_after := v_before + interval '24:00';
    while v_after - v_before > interval '1 second' loop
      v_middle := v_before + pg_catalog.make_interval(secs => pg_catalog.floor(pg_catalog.date_part('epoch', v_after - v_before) / 2));
      if v_middle at time zone timezone - v_middle at time zone 'UTC' = v_offset then
        v_before := v_middle;
      else
        v_after := v_middle;
      end if;
    end loop;
    return next v_after;
  end loop;
end
$$;

comment on function booking.list_clock_changes(text, tstzrange) is
  'The instants, from a range on to a day after it, at which the clocks of a zone are set.';

commit;
