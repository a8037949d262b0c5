begin;
set local role berth_owner;

create function booking.price_of(
  resource booking.resources,
  starts_at timestamptz,
  ends_at timestamptz,
  units integer
) returns numeric
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_smallest numeric := booking.smallest_amount(resource.price_currency);
  v_start timestamp := starts_at at time zone resource.timezone;
  v_end timestamp := ends_at at time zone resource.timezone;
begin
  if (resource.price_amount > 0) is not true then
    return null;
  end if;
  -- Of a day that has no midnight, the first moment stands for it.
  if starts_at = booking.local_midnight(v_start::date, resource.timezone) then
    v_start := v_start::date::timestamp;
  end if;
  if ends_at = booking.local_midnight(v_end::date, resource.timezone) then
    v_end := v_end::date::timestamp;
  end if;
  -- However short it is, what has a price is not free.
  return greatest(pg_catalog.round(case resource.price_per
    when 'booking' then resource.price_amount * units
    -- Divided last: what is half a cent is exactly half a cent.
    when 'hour' then resource.price_amount * units * pg_catalog.extract('epoch', ends_at - starts_at) / 3600
    -- 24 hours of the wall's, so that a week is seven days when clocks change, too.
    when 'day' then resource.price_amount * units * greatest(1, pg_catalog.ceil(pg_catalog.extract('epoch', v_end - v_start) / 86400))
    end, pg_catalog.scale(v_smallest)), v_smallest);
end
$$;

comment on function booking.price_of(booking.resources, timestamptz, timestamptz, integer) is
  'What so many units of a resource cost for a time, rounded to the smallest unit of its price_currency, half of one '
  'up, and never less than one; null if it has no price. Per hour, as time elapses, to the fraction; '
  'per day, for each 24 hours begun, by the clock on the wall of its zone.';

commit;
