begin;

drop function api.record_refund(uuid, text);

commit;
