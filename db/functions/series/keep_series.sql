begin;
set local role berth_owner;

create function booking.keep_series() returns trigger
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  if tg_op = 'DELETE' then
    update booking.series s
       set exdates = s.exdates || array(
             select o.original_starts_at at time zone s.timezone
               from old_rows o
              where o.tenant_id = s.tenant_id and o.series_id = s.id
                -- One that was moved before the series shifted may stand where another is now.
                and not exists (select from booking.reservations r
                                 where r.tenant_id = o.tenant_id and r.series_id = o.series_id and r.original_starts_at = o.original_starts_at)
              order by 1)
     where (s.tenant_id, s.id) in (select o.tenant_id, o.series_id from old_rows o);
    return null;
  end if;
  new.original_starts_at := coalesce(new.original_starts_at, new.starts_at);
  if exists (select from booking.series s
              where s.tenant_id = new.tenant_id and s.id = new.series_id
                and new.original_starts_at at time zone s.timezone = any (s.exdates)) then
    perform booking.raise_error(400, 'invalid_argument', 'The series has no occurrence then: it was deleted, or excluded from the beginning.',
      pg_catalog.jsonb_build_object('argument', 'original_starts_at', 'original_starts_at', new.original_starts_at));
  end if;
  return new;
end
$$;

comment on function booking.keep_series() is
  'Trigger: a deleted occurrence of a series becomes one of its exdates, and never returns (400 invalid_argument).';

create trigger _300_keep_series_on_insert
  before insert on booking.reservations
  for each row when (new.series_id is not null)
  execute function booking.keep_series();

create trigger _700_keep_series_on_delete
  after delete on booking.reservations
  referencing old table as old_rows
  for each statement execute function booking.keep_series();

commit;
