begin;

drop function api.next_available_slots(
  interval, uuid, text, text[], integer, timestamptz, timestamptz, integer, integer
);

commit;
