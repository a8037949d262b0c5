begin;

drop function api.sync_reservations(jsonb);

commit;
