begin;
set local role berth_owner;

create function booking.list_crowded_more(a booking.assessment) returns tstzmultirange
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    with steps as (
      select e.at, sum(sum(e.change)) over (order by e.at) as more, lead(e.at) over (order by e.at) as until
        from booking.count_changes(a, 'max_concurrent', tstzrange((a.wanted).starts_at, (a.wanted).ends_at)) c
       cross join lateral (values (c.starts_at, c.change), (c.ends_at, -c.change)) e (at, change)
       group by e.at
    )
    select coalesce(range_agg(tstzrange(s.at, s.until)), '{}')
      from steps s
     where s.more > 0);
end
$$;

comment on function booking.list_crowded_more(booking.assessment) is
  'When a request gives its owner more bookings at the same moment than before, by what the rule max_concurrent '
  'counts.';

commit;
