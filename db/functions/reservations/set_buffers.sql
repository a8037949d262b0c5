begin;
set local role berth_owner;

create function booking.set_buffers() returns trigger
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_rules booking.booking_rules := booking.find_rules(booking.find_resource(new.tenant_id, new.resource_id));
begin
  new.buffer_before := coalesce(new.buffer_before, v_rules.buffer_before);
  new.buffer_after := coalesce(new.buffer_after, v_rules.buffer_after);
  return new;
end
$$;

comment on function booking.set_buffers() is
  'Trigger: where nothing else is said, a reservation takes the time before and after that the rules give it when it '
  'is made.';

create trigger _200_set_buffers
  before insert on booking.reservations
  for each row when (new.buffer_before is null or new.buffer_after is null)
  execute function booking.set_buffers();

commit;
