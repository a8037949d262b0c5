begin;

drop function api.list_events(text, text[], uuid, integer);

commit;
