begin;

drop function booking.resolve_rules(uuid, text, uuid);

commit;
