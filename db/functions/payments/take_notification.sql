begin;
set local role berth_owner;

create function booking.take_notification(provider text)
returns table (id uuid, tenant_id uuid, payment_id uuid, source text, body bytea, is_last boolean)
language sql volatile
set search_path = pg_catalog, pg_temp
as $$
  update booking.payment_notifications n
     set attempts = n.attempts + 1,
         next_attempt_at = booking.now() + booking.retry_delay(n.attempts + 2)
   where (n.tenant_id, n.id) = (
           select d.tenant_id, d.id
             from booking.payment_notifications d
            where d.status = 'received' and d.next_attempt_at <= booking.now() and d.provider = take_notification.provider
            order by d.next_attempt_at
            limit 1
              for update skip locked)
  returning n.id, n.tenant_id, n.payment_id, pg_catalog.host(n.source), n.body, n.next_attempt_at is null
$$;

comment on function booking.take_notification(text) is
  'The notification of a provider that has waited longest to be decided, for the caller to verify now: whoever heard '
  'it has died, or could not. Unless it is accepted or rejected then, it comes again, later and later, nine times in '
  'three days; is_last tells of the last. '
  'For a role that sees every tenant; any number may run at once.';
grant execute on function booking.take_notification(text) to berth_worker;

commit;
