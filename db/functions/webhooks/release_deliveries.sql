begin;
set local role berth_owner;

create function booking.release_deliveries(tenant_id uuid, endpoint_id uuid, subject_ids text[]) returns void
language sql volatile
set search_path = ''
as $$
  update booking.webhook_deliveries d
     set next_attempt_at = booking.now()
    from (select distinct on (w.subject_id) w.id
            from booking.webhook_deliveries w
           where w.tenant_id = release_deliveries.tenant_id and w.endpoint_id = release_deliveries.endpoint_id
             and w.subject_id = any (subject_ids) and w.status in ('pending', 'retrying')
           -- One that is in turn already keeps it.
           order by w.subject_id, w.next_attempt_at is null, w.horizon, w.seq) first
   where d.tenant_id = release_deliveries.tenant_id and d.id = first.id and d.next_attempt_at is null
$$;

comment on function booking.release_deliveries(uuid, uuid, text[]) is
  'Of the unfinished deliveries to an endpoint about each of these, makes the earliest due, unless one is in turn. The caller holds the endpoint''s lock.';

commit;
