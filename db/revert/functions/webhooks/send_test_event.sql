begin;

drop function api.send_test_event(uuid);

commit;
