begin;
set local role berth_owner;

create function booking.elapsed(span interval) returns interval
language sql immutable parallel safe
set search_path = pg_catalog, pg_temp
return pg_catalog.make_interval(secs => pg_catalog.date_part('epoch', span));

comment on function booking.elapsed(interval) is
  'A span in seconds alone, a day being 24 hours: added to a time it is add_elapsed(), whatever the session''s time '
  'zone.';

commit;
