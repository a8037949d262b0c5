begin;
set local role berth_owner;

create function booking.apply_retention(batch_size integer default 1000) returns table (forgotten text, rows bigint)
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
      from booking.tenants t
      join booking.idempotency_keys k on k.tenant_id = t.id and k.created_at < booking.now() - t.log_retention
     limit batch_size
       for update of k skip locked
  ), no_keys as (
    delete from booking.idempotency_keys k using old_keys o
     where (k.tenant_id, k.user_id, k.key, k.part) = (o.tenant_id, o.user_id, o.key, o.part) returning k.key
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
  )
  select f.forgotten, f.rows
    from (values ('notes', (select count(*) from no_notes)),
                 ('idempotency keys', (select count(*) from no_keys)),
                 ('synced operations', (select count(*) from no_operations)),
                 ('mails', (select count(*) from no_mails)),
                 ('webhook deliveries', (select count(*) from no_deliveries)),
                 ('payment notifications', (select count(*) from no_notifications))) f (forgotten, rows)
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

comment on function booking.apply_retention(integer) is
  'Forgets what tenants keep no longer, at most batch_size of a kind: notes of reservations by notes_retention, answers kept for repeats, mails, finished webhook deliveries and settled payment notifications by log_retention, claims that are over as prune_claims() says, events as prune_events() does. Returns how many of each; no row: nothing was left to do. '
  'For a role that sees every tenant; any number may run at once.';
grant execute on function booking.apply_retention(integer) to berth_worker;

commit;
