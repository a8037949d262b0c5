begin;
set local role berth_owner;

create function booking.apply_retention(
  batch_size integer default 1000,
  most_keys integer default 100000,
  notice_retention interval default '30 days'
) returns table (forgotten text, rows bigint)
language sql volatile
set search_path = pg_catalog, pg_temp
as $$
  with old_notes as materialized (
    select r.tenant_id, r.id
      from booking.tenants t
      join booking.reservations r on r.tenant_id = t.id and r.notes is not null and r.ends_at < booking.now() - t.notes_retention
       and r.expires_at is null -- or the sweep has not come by yet
     limit batch_size
       for no key update of r skip locked
  ), no_notes as (
    update booking.reservations r set notes = null from old_notes o where r.tenant_id = o.tenant_id and r.id = o.id returning r.id
  ), old_keys as materialized (
    select k.tenant_id, k.user_id, k.key, k.part
      from booking.idempotency_keys k
     where k.created_at < booking.now() - interval '1 day' -- for the index: nobody keeps them for less
       -- Those of a tenant that is no more, too.
       and k.created_at < booking.now() - coalesce((select t.keys_retention from booking.tenants t where t.id = k.tenant_id), '7 days')
     limit batch_size
       for update of k skip locked
  ), surplus_keys as materialized (
    -- Of each member the newest stay.
    select k.tenant_id, k.user_id, k.key, k.part
      from (select c.tenant_id, c.user_id from booking.idempotency_keys c group by 1, 2 having count(*) > most_keys) m
     cross join lateral (
           select n.created_at
             from booking.idempotency_keys n
            where n.tenant_id = m.tenant_id and n.user_id = m.user_id
            order by n.created_at desc
           offset most_keys
            limit 1) n
      join booking.idempotency_keys k on k.tenant_id = m.tenant_id and k.user_id = m.user_id and k.created_at <= n.created_at
     limit batch_size
       for update of k skip locked
  ), no_keys as (
    delete from booking.idempotency_keys k using (select * from old_keys union select * from surplus_keys) o
     where (k.tenant_id, k.user_id, k.key, k.part) = (o.tenant_id, o.user_id, o.key, o.part) returning k.key
  ), old_attempts as materialized (
    select a.tenant_id, a.occurred_at, a.id
      from booking.tenants t
      join booking.booking_attempts a on a.tenant_id = t.id and a.occurred_at < booking.now() - t.attempts_retention
     limit batch_size
       for update of a skip locked
  ), no_attempts as (
    delete from booking.booking_attempts a using old_attempts o
     where (a.tenant_id, a.occurred_at, a.id) = (o.tenant_id, o.occurred_at, o.id) returning a.id
  ), old_operations as materialized (
    select k.tenant_id, k.user_id, k.key
      from booking.tenants t
      join booking.synced_operations k on k.tenant_id = t.id and k.created_at < booking.now() - t.log_retention
     limit batch_size
       for update of k skip locked
  ), no_operations as (
    delete from booking.synced_operations k using old_operations o
     where (k.tenant_id, k.user_id, k.key) = (o.tenant_id, o.user_id, o.key) returning k.key
  ), old_mails as materialized (
    select m.tenant_id, m.id
      from booking.tenants t
      join booking.mails m on m.tenant_id = t.id and m.created_at < booking.now() - t.log_retention
     limit batch_size
       for update of m skip locked
  ), no_mails as (
    delete from booking.mails m using old_mails o where (m.tenant_id, m.id) = (o.tenant_id, o.id) returning m.id
  ), old_deliveries as materialized (
    select d.tenant_id, d.id
      from booking.tenants t
      join booking.webhook_deliveries d on d.tenant_id = t.id and d.status in ('delivered', 'dead') and d.updated_at < booking.now() - t.log_retention
     limit batch_size
       for update of d skip locked
  ), no_deliveries as (
    delete from booking.webhook_deliveries d using old_deliveries o where (d.tenant_id, d.id) = (o.tenant_id, o.id) returning d.id
  ), old_notifications as materialized (
    select n.tenant_id, n.id
      from booking.tenants t
      join booking.payment_notifications n on n.tenant_id = t.id and n.status <> 'received' and n.updated_at < booking.now() - t.log_retention
     limit batch_size
       for update of n skip locked
  ), no_notifications as (
    delete from booking.payment_notifications n using old_notifications o where (n.tenant_id, n.id) = (o.tenant_id, o.id) returning n.id
  ), old_links as materialized (
    select v.tenant_id, v.id
      from booking.tenants t
      join booking.email_verifications v on v.tenant_id = t.id and v.created_at < booking.now() - interval '1 day'
     limit batch_size
       for update of v skip locked
  ), no_links as (
    delete from booking.email_verifications v using old_links o where (v.tenant_id, v.id) = (o.tenant_id, o.id) returning v.id
  ), old_strays as materialized (
    -- What names no tenant of ours, settled or not: there is nobody whose retention it could have.
    select n.tenant_id, n.id
      from booking.payment_notifications n
     where n.updated_at < booking.now() - notice_retention
       and not exists (select from booking.tenants t where t.id = n.tenant_id)
     limit batch_size
       for update of n skip locked
  ), no_strays as (
    delete from booking.payment_notifications n using old_strays o where (n.tenant_id, n.id) = (o.tenant_id, o.id) returning n.id
  )
  select f.forgotten, f.rows
    from (values ('notes', (select count(*) from no_notes)),
                 ('idempotency keys', (select count(*) from no_keys)),
                 ('attempts', (select count(*) from no_attempts)),
                 ('synced operations', (select count(*) from no_operations)),
                 ('mails', (select count(*) from no_mails)),
                 ('webhook deliveries', (select count(*) from no_deliveries)),
                 ('payment notifications', (select count(*) from no_notifications)),
                 ('email verifications', (select count(*) from no_links)),
                 ('stray payment notifications', (select count(*) from no_strays))) f (forgotten, rows)
   where f.rows > 0
  union all
  select p.forgotten, p.rows
    from booking.prune_claims(batch_size) p
   where p.rows > 0
  union all
  select 'events', p
    from booking.prune_events(batch_size) p
   where p > 0
$$;

comment on function booking.apply_retention(integer, integer, interval) is
  'Forgets what tenants keep no longer, at most batch_size of a kind: notes of reservations by notes_retention, '
  'answers kept for an Idempotency-Key by keys_retention (and of each member but the newest most_keys), attempts to '
  'book by attempts_retention, answers to synchronisations, mails, finished webhook deliveries and settled payment '
  'notifications by log_retention, payment notifications that name no tenant by notice_retention, links that verify '
  'addresses after a day, claims that are over as prune_claims() says, events as prune_events() does. Returns how '
  'many of each; no row: nothing was left to do. '
  'For a role that sees every tenant; any number may run at once.';
grant execute on function booking.apply_retention(integer, integer, interval) to berth_worker;

commit;
