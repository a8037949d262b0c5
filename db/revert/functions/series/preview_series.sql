begin;

drop function api.preview_series(
  uuid, text, timestamp, interval, text, text, timestamp[], timestamp[], text, text, integer, text, text, text, integer,
  integer, uuid, uuid, text, text, jsonb, boolean, text, interval
);

commit;
