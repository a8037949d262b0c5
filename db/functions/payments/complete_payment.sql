begin;
set local role berth_owner;

create function booking.complete_payment() returns trigger
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  new.version := old.version + 1;
  new.created_at := old.created_at;
  new.updated_at := booking.now();
  return new;
end
$$;

comment on function booking.complete_payment() is 'Trigger: every change of a payment raises its version.';

create trigger _100_complete_payment
  before update on booking.payments
  for each row execute function booking.complete_payment();

commit;
