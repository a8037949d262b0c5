begin;
set local role berth_owner;

create function booking.emit_payment_event() returns trigger
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  insert into booking.events (tenant_id, type, owner_id, subject, previous)
  values (
    new.tenant_id,
    'payment.' || new.status,
    new.owner_id,
    pg_catalog.to_jsonb(new) || pg_catalog.jsonb_build_object('reservation_ids', array(
      select i.reservation_id
        from booking.payment_items i
       where i.tenant_id = new.tenant_id and i.payment_id = new.id
       order by i.reservation_id)),
    booking.changed_fields(pg_catalog.to_jsonb(old), pg_catalog.to_jsonb(new)));
  return null;
end
$$;

comment on function booking.emit_payment_event() is
  'Trigger: one event for each change of a payment, by the status it then has. That a checkout has begun is no news.';

create trigger _100_emit_event
  after update on booking.payments
  for each row execute function booking.emit_payment_event();

commit;
