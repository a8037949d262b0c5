begin;

drop function api.create_reservation(
  uuid, timestamptz, timestamptz, text, text, text, integer, integer, integer, uuid, uuid, text, text, jsonb, boolean,
  text, interval
);

commit;
