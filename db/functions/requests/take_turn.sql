begin;
set local role berth_owner;

create function booking.take_turn(key bigint, turns integer) returns boolean
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  for i in 0 .. turns - 1 loop
    if pg_catalog.pg_try_advisory_xact_lock(key # i) then
      return true;
    end if;
  end loop;
  return turns < 1;
end
$$;

comment on function booking.take_turn(bigint, integer) is
  'Takes one of so many turns of whoever has this key, until the end of the transaction; false, without waiting, if '
  'all are taken. 0 turns: any number.';
grant execute on function booking.take_turn(bigint, integer) to authenticated, service_role;

commit;
