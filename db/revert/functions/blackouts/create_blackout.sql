begin;

drop function api.create_blackout(uuid[], timestamptz, timestamptz, text, text, text, text);

commit;
