begin;
set local role berth_owner;

create function booking.check_search(units integer, max_results integer, duration interval, starts_at timestamptz, ends_at timestamptz) returns boolean
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_argument text := case
    when units is null or units < 1 then 'units'
    when max_results is null or max_results not between 1 and 1000 then 'max_results'
    when duration <= '0' or duration > '2000 years' or duration > ends_at - starts_at then 'duration' end;
begin
  if v_argument is not null then
    perform booking.raise_error(400, 'invalid_argument',
      'units is 1 or more; max_results is 1 to 1000; duration is longer than nothing, at most 2000 years, and fits into the range.',
      pg_catalog.jsonb_build_object('argument', v_argument));
  end if;
  return true;
end
$$;

comment on function booking.check_search(integer, integer, interval, timestamptz, timestamptz) is
  'True, or 400 invalid_argument: units, max_results, or a duration that is not positive, longer than 2000 years or than the range: so no end of PostgreSQL''s time is near.';

commit;
