begin;
set local role berth_owner;

create function booking.range_seconds(ranges tstzmultirange) returns numeric
language sql immutable parallel safe
set search_path = pg_catalog, pg_temp
return (select coalesce(sum(extract('epoch' from upper(r) - lower(r))), 0) from unnest(ranges) r);

comment on function booking.range_seconds(tstzmultirange) is 'How long finite ranges are together, in seconds.';

commit;
