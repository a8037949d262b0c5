begin;
set local role berth_owner;

create function booking.is_open(resource booking.resources, starts_at timestamptz, ends_at timestamptz) returns boolean
language plpgsql stable
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan -- planning would take longer than the work
as $$
declare
  v_start timestamp := starts_at at time zone resource.timezone;
  v_end timestamp := ends_at at time zone resource.timezone;
  v_day date := v_start::date;
  v_has_hours boolean;
  v_has_exceptions boolean;
  v_is_within boolean;
begin
  select exists (select from booking.opening_hours h where h.tenant_id = resource.tenant_id),
         exists (select from booking.opening_exceptions e where e.tenant_id = resource.tenant_id and e.date between v_day - 1 and v_end::date)
    into v_has_hours, v_has_exceptions;
  if not v_has_hours and not v_has_exceptions then
    return true;
  elsif not v_has_exceptions then
    select h.weekday = pg_catalog.date_part('isodow', v_day) and h.opens <= v_start::time
           and (h.closes::interval >= v_end - v_day::timestamp or h.closes <= h.opens)
           and (v_day >= h.valid_from) is not false and (v_day <= h.valid_to) is not false as is_within
      into v_is_within
      from booking.opening_hours h
     where h.tenant_id = resource.tenant_id
       and (h.resource_id = resource.id or (h.resource_id is null and coalesce(h.kind, resource.kind) = resource.kind))
     order by h.resource_id is null, h.kind is null, is_within desc -- the most specific ones count
     limit 1;
    -- As nearly always: it has no hours, or it lies within one stretch of one usual day, whose clock nobody sets.
    if v_is_within is null
       or (v_is_within and v_end - v_day::timestamp <= '24:00'
           and booking.is_usual_day(v_day, resource.timezone)) then
      return true;
    end if;
  end if;
  return pg_catalog.tstzrange(starts_at, ends_at) <@ booking.open_ranges(resource, pg_catalog.tstzrange(starts_at, ends_at));
end
$$;

comment on function booking.is_open(booking.resources, timestamptz, timestamptz) is
  'Whether a resource is open for all of a range, by its hours and their exceptions: see open_ranges().';

commit;
