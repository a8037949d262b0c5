begin;
set local role berth_owner;

create function booking.unverify_email() returns trigger
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  -- Whoever writes another address together with the time at which it was verified has seen to that themselves.
  if new.email_verified_at is not distinct from old.email_verified_at then
    new.email_verified_at := null;
  end if;
  return new;
end
$$;

comment on function booking.unverify_email() is
  'Trigger: another address of a member is not verified, by whatever road it came.';

create trigger _100_unverify_email
  before update of email on booking.members
  for each row when (new.email is distinct from old.email)
  execute function booking.unverify_email();

commit;
