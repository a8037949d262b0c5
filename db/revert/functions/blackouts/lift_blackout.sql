begin;

drop function api.lift_blackout(uuid, text, integer, text);

commit;
