begin;
set local role berth_owner;

create function booking.release_delivery(tenant_id uuid, endpoint_id uuid, subject_id text) returns void
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_id uuid;
begin
  select d.id into v_id
    from booking.webhook_deliveries d
   where d.tenant_id = release_delivery.tenant_id and d.endpoint_id = release_delivery.endpoint_id
     and d.subject_id = release_delivery.subject_id and d.status in ('pending', 'retrying')
   order by d.seq
   limit 1;
  update booking.webhook_deliveries d
     set next_attempt_at = booking.now()
   where d.tenant_id = release_delivery.tenant_id and d.id = v_id;
end
$$;

comment on function booking.release_delivery(uuid, uuid, text) is
  'Once the delivery to an endpoint about this thing that was in turn is finished: the earliest that waited for it is '
  'due. The caller holds the endpoint''s lock.';

commit;
