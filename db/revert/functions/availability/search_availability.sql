begin;

drop function api.search_availability(
  timestamptz, timestamptz, interval, text, text[], integer, integer, uuid[], integer
);

commit;
