begin;
set local role berth_owner;

create function booking.take_mails(batch_size integer, lease interval) returns setof jsonb
language sql volatile
set search_path = pg_catalog, pg_temp
as $$
  with due as materialized (
    select m.tenant_id, m.id
      from booking.mails m
     where m.status = 'pending' and m.next_attempt_at <= booking.now()
     order by m.next_attempt_at, m.turn
     limit batch_size
       for update skip locked
  ), leased as (
    update booking.mails m
       set attempts = m.attempts + 1,
           next_attempt_at = booking.now() + lease,
           status = case when w.email_consent_at is null then 'skipped' else 'pending' end,
           items = case when w.email_consent_at is null then '[]' else m.items end
      from due d
      join booking.members w on w.tenant_id = d.tenant_id
     where m.tenant_id = d.tenant_id and m.id = d.id and w.user_id = m.user_id
    returning m.*, w.email, w.display_name
  )
  select pg_catalog.jsonb_build_object(
           'tenant_id', l.tenant_id, 'id', l.id, 'attempt', l.attempts, 'kind', l.kind, 'items', l.items, 'reason', l.reason,
           'email', l.email, 'name', l.display_name, 'tenant', t.name, 'subject', x.subject, 'body', x.body,
           'resources', (select coalesce(pg_catalog.jsonb_object_agg(s.id, pg_catalog.jsonb_build_object('name', s.name, 'timezone', s.timezone)), '{}')
                           from booking.resources s
                          where s.tenant_id = l.tenant_id
                            and s.id in (select (i #>> path)::uuid
                                           from pg_catalog.jsonb_array_elements(l.items) i, (values ('{reservation,resource_id}'::text[]), ('{previous,resource_id}')) p (path))))
    from leased l
    join booking.tenants t on t.id = l.tenant_id
    left join booking.mail_templates x on x.tenant_id = l.tenant_id and x.kind = l.kind
   where l.status = 'pending'
   order by l.turn
$$;

comment on function booking.take_mails(integer, interval) is
  'Leases the mails that are due, at most batch_size, and says all that is needed to send them; who does not agree to be mailed at this moment is skipped. For a role that sees every tenant; any number may run at once.';
grant execute on function booking.take_mails(integer, interval) to berth_worker;

commit;
