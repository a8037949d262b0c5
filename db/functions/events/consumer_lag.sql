begin;
set local role berth_owner;

create function booking.consumer_lag() returns table (consumer text, lag interval)
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select c.name, coalesce(booking.now() - e.occurred_at, '0')
    from booking.event_consumers c
    left join lateral (
         select e.occurred_at
           from booking.events e
          where (e.horizon, e.seq) > (c.horizon, c.seq)
          order by e.horizon, e.seq
          limit 1) e on true
   order by c.name
$$;

comment on function booking.consumer_lag() is
  'How old the first event is that a consumer has not taken; zero if it has taken all. For a role that sees every tenant.';
grant execute on function booking.consumer_lag() to berth_worker;

commit;
