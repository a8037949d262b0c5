begin;

drop function booking.list_resolved_rules(uuid, text, uuid);

commit;
