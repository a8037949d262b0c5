begin;

drop function api.reschedule_series(
  uuid, text, uuid, interval, timestamp, interval, text, uuid, boolean, integer, boolean, text
);

commit;
