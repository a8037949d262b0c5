begin;
set local role berth_owner;

create function booking.narrow_by_length(n booking.narrowing, span interval, is_least boolean) returns tstzmultirange
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
  -- By how much the calendar may differ from days of 24 hours and months of 30 days.
  v_slack interval := case when span < interval '24:00' then interval '0' else interval '96:00' end;
begin
  if n.duration > booking.elapsed(span) + v_slack then
    return case when is_least then n.starts else '{}' end;
  elsif n.duration < booking.elapsed(span) - v_slack then
    return case when is_least then '{}' else n.starts end;
  elsif pg_catalog.isempty(n.starts) then
    return n.starts;
  end if;
  return n.starts * coalesce((
    select pg_catalog.range_agg(p)
      from booking.list_lengths(span, (n.resource).timezone, pg_catalog.range_merge(n.starts)) l
     cross join pg_catalog.unnest(l.starts_there) p
     where case when is_least then n.duration >= l.elapses else n.duration <= l.elapses end), '{}');
end
$$;

comment on function booking.narrow_by_length(booking.narrowing, interval, boolean) is
  'The starts from which what is searched for lasts at least a span, or at most; days count by the calendar.';

commit;
