begin;
set local role berth_owner;

create function booking.withhold_offers() returns boolean
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  if pg_catalog.current_setting('booking.withheld_offers', true) <> '' then
    return false; -- somebody further out does, and offers it
  end if;
  perform pg_catalog.set_config('booking.withheld_offers', '{}', true);
  return true;
end
$$;

comment on function booking.withhold_offers() is
  'From here on offer_next() only notes what it would offer, so that all that one request frees is offered together: '
  'pass what this returns to offer_withheld() at the end.';

commit;
