begin;

drop function booking.show_bundle(uuid, uuid);

commit;
