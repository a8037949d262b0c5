begin;
set local role berth_owner;

create function booking.refuse_hold(resource booking.resources, latest timestamptz, since timestamptz) returns void
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
  perform booking.refuse_violations(pg_catalog.jsonb_build_array(pg_catalog.jsonb_build_object(
    'code', 'too_far_ahead', 'rule', 'max_hold', 'limit', latest - since, 'latest', latest, 'now', booking.now(),
    'hint', pg_catalog.format('This can be held until %s at the latest. Confirm it before then, or ask a manager.',
      booking.local_time_text(latest, resource.timezone, booking.now())))));
end
$$;

comment on function booking.refuse_hold(booking.resources, timestamptz, timestamptz) is
  'Refuses to hold a reservation for longer than the rule max_hold says: 422 too_far_ahead, with the latest possible '
  'time in details.latest.';

commit;
