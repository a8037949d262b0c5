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
begin
  if (resource.price_amount > 0) is not true then
    return null;
  end if;
  return nullif(pg_catalog.round(case resource.price_per
    when 'booking' then resource.price_amount * units
    -- Divided last: what is half a cent is exactly half a cent.
    when 'hour' then resource.price_amount * units * pg_catalog.extract('epoch', ends_at - starts_at) / 3600
    -- 24 hours of the wall's, so that a week is seven days when clocks change, too.
    when 'day' then resource.price_amount * units * greatest(1, pg_catalog.ceil(pg_catalog.extract(
      'epoch', (ends_at at time zone resource.timezone) - (starts_at at time zone resource.timezone)) / 86400))
    end, 2), 0);
end
$$;

comment on function booking.price_of(booking.resources, timestamptz, timestamptz, integer) is
  'What so many units of a resource cost for a time, in its price_currency, half a cent rounded up; null if nothing. Per hour, as time elapses, to the fraction; '
  'per day, for each 24 hours begun, by the clock on the wall of its zone.';

commit;
