begin;

select 'api.send_test_event(uuid)'::regprocedure;

rollback;
