begin;
set local role berth_owner;

create function booking.emit_series_event() returns trigger
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_series booking.series := case when tg_op = 'DELETE' then old else new end;
begin
  if tg_op = 'DELETE' and old.cancelled_at is not null then
    return null;
  end if;
  insert into booking.events (tenant_id, type, resource_id, owner_id, subject, previous, reason)
  values (
    v_series.tenant_id,
    case when tg_op = 'INSERT' then 'series.created'
         when tg_op = 'DELETE' or (new.cancelled_at is not null and old.cancelled_at is null) then 'series.cancelled'
         else 'series.updated' end,
    v_series.resource_id,
    v_series.owner_id,
    pg_catalog.to_jsonb(v_series),
    case when tg_op = 'UPDATE' then booking.changed_fields(pg_catalog.to_jsonb(old), pg_catalog.to_jsonb(new)) else '{}' end,
    coalesce(nullif(pg_catalog.current_setting('booking.reason', true), ''), case tg_op when 'DELETE' then 'deleted' end));
  return null;
end
$$;

comment on function booking.emit_series_event() is 'Trigger: one event for each change of a series.';

create trigger _100_emit_event
  after insert or update or delete on booking.series
  for each row execute function booking.emit_series_event();

commit;
