begin;

drop function booking.change_bundle(text, uuid, text, boolean);

commit;
