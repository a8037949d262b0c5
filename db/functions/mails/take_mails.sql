begin;
set local role berth_owner;

create function booking.take_mails(batch_size integer, lease interval) returns setof jsonb
language sql volatile
set search_path = pg_catalog, pg_temp
as $$
  with due as materialized (
    select m.tenant_id, m.id, m.user_id, m.kind
      from booking.mails m
     where m.status = 'pending' and m.next_attempt_at <= booking.now()
     order by m.next_attempt_at, m.turn
     limit batch_size
       for update skip locked
  ), leased as (
    update booking.mails m
       set attempts = m.attempts + 1,
           next_attempt_at = booking.now() + lease,
           status = case when g.may_go then 'pending' else 'skipped' end,
           items = case when g.may_go then m.items else '[]' end
      from due d
      join booking.members w on w.tenant_id = d.tenant_id and w.user_id = d.user_id
      left join booking.email_verifications v on v.tenant_id = d.tenant_id and v.id = d.id
     cross join lateral (select w.email_consent_at is not null and case
                           when d.kind <> 'verification' then w.email_verified_at is not null
                           else coalesce(w.email_verified_at is null and v.email = w.email and v.created_at > booking.now() - interval '1 day', false)
                           end) g (may_go)
     where m.tenant_id = d.tenant_id and m.id = d.id
    returning m.*, w.email, w.display_name, v.created_at as asked_at
  ), tokens as materialized (
    select l.tenant_id, l.id, booking.make_token(l.tenant_id, l.id) as token
      from leased l
     where l.kind = 'verification' and l.status = 'pending'
  ), links as (
    -- Each attempt has a token of its own, since none is stored; all of them work, since nobody knows which one
    -- arrives.
    update booking.email_verifications v
       set token_hashes = (v.token_hashes || booking.hash_token(k.token))[greatest(cardinality(v.token_hashes) - 8, 1) :]
      from tokens k
     where v.tenant_id = k.tenant_id and v.id = k.id
    returning v.tenant_id, v.id, k.token
  )
  select pg_catalog.jsonb_build_object(
           'tenant_id', l.tenant_id, 'id', l.id, 'attempt', l.attempts, 'kind', l.kind, 'items', l.items, 'reason', l.reason,
           'email', l.email, 'name', l.display_name, 'tenant', t.name, 'subject', x.subject, 'body', x.body,
           'resources', (select coalesce(pg_catalog.jsonb_object_agg(s.id, pg_catalog.jsonb_build_object('name', s.name, 'timezone', s.timezone)), '{}')
                           from booking.resources s
                          where s.tenant_id = l.tenant_id
                            and s.id in (select (i #>> path)::uuid
                                           from pg_catalog.jsonb_array_elements(l.items) i, (values ('{reservation,resource_id}'::text[]), ('{previous,resource_id}')) p (path))))
         || case when k.token is null then '{}' else pg_catalog.jsonb_build_object(
              'link', coalesce(pg_catalog.current_setting('booking.gateway_url', true), '') || '/v1/email/verify?token=' || k.token,
              'until', l.asked_at + interval '1 day', 'timezone', t.timezone) end
    from leased l
    join booking.tenants t on t.id = l.tenant_id
    left join booking.mail_templates x on x.tenant_id = l.tenant_id and x.kind = l.kind
    left join links k on k.tenant_id = l.tenant_id and k.id = l.id
   where l.status = 'pending'
   order by l.turn
$$;

comment on function booking.take_mails(integer, interval) is
  'Leases the mails that are due, at most batch_size, and says all that is needed to send them; who does not agree to '
  'be mailed at this moment, or has no verified address, is skipped. A link to verify an address is told only here, '
  'with the time until which it works; it is absolute where the database has the setting booking.gateway_url.'
  ' For a role that sees every tenant; any number may run at once.';
grant execute on function booking.take_mails(integer, interval) to berth_worker;

commit;
