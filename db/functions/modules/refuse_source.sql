begin;
set local role berth_owner;

create function booking.refuse_source() returns trigger
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  if pg_catalog.current_setting('booking.following', true) is distinct from new.source_module
     and nullif(pg_catalog.current_setting('request.jwt.claims', true), '') is not null
     and exists (select from booking.modules m where m.module = new.source_module) then
    perform booking.raise_error(403, 'forbidden',
      pg_catalog.format('Reservations of %s follow from its own rows; leave source_module out.', new.source_module), '{"argument": "source_module"}');
  end if;
  return new;
end
$$;

comment on function booking.refuse_source() is
  'Trigger: nobody with a token books in the name of an attached module, whose row would follow the reservation then: '
  '403 forbidden.';

create trigger _100_refuse_source
  before insert on booking.reservations
  for each row when (new.source_module is not null)
  execute function booking.refuse_source();

commit;
