begin;

drop function api.revoke_calendar_feed(uuid);

commit;
