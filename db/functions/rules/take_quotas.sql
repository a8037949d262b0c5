begin;
set local role berth_owner;

create function booking.take_quotas(a booking.assessment) returns void
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  if (a.wanted).owner_id is null or (a.wanted).status <> all (booking.counting_statuses()) then
    return;
  end if;
  -- One of their bookings after the other; and last of all locks, so that nobody who holds it waits for anything.
  perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('quota' || (a.wanted).tenant_id || (a.wanted).owner_id, 0));
  a.exclude_ids := array[(a.wanted).id];
  perform booking.refuse_violations(booking.check_quotas(a));
end
$$;

comment on function booking.take_quotas(booking.assessment) is
  'Refuses a reservation that has just been written if it exceeds a quota of its owner, in turn with whatever else '
  'they book: 422 quota_exceeded.';

commit;
