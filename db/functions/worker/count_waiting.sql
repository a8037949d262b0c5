begin;
set local role berth_owner;

create function booking.count_waiting() returns table (what text, status text, rows bigint)
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return query
  select 'webhook deliveries', s.status, pg_catalog.count(d.id)
    from pg_catalog.unnest('{pending,retrying}'::text[]) s (status)
    left join booking.webhook_deliveries d on d.status = s.status
   group by s.status
  union all
  select 'mails', 'pending', pg_catalog.count(*)
    from booking.mails m
   where m.status = 'pending';
end
$$;

comment on function booking.count_waiting() is
  'How many webhook deliveries and mails wait, by status. For a role that sees every tenant.';
grant execute on function booking.count_waiting() to berth_worker;

commit;
