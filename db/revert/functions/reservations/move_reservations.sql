begin;

drop function api.move_reservations(jsonb, boolean, text);

commit;
