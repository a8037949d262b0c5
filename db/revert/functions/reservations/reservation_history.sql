begin;

drop function api.reservation_history(uuid);

commit;
