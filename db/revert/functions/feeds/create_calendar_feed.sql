begin;

drop function api.create_calendar_feed(uuid);

commit;
